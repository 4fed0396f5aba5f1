import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { DiscoveryService, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { CeleryApp, compileConfig, systemClock } from '@nestjs-celery/core';
import type { AdapterDeps, Broker, CeleryOptions, Clock, CompiledConfig, ResultBackend } from '@nestjs-celery/core';
import { loadBroker, loadResultBackend } from './adapters/load-adapter.js';
import { AppCloser } from './app-closer.js';
import { Celery } from './celery.js';
import { loadEagerTasks } from './load-eager-tasks.js';
import { createNestLogger } from './nest-logger.js';
import { SignalConnector } from './signal-connector.js';
import { STAND_INS } from './stand-ins.js';
import type { StandIns } from './stand-ins.js';
import {
  DEFAULT_APP,
  getBrokerToken,
  getCeleryAppToken,
  getCeleryConfigToken,
  getCeleryToken,
  getClockToken,
  getGlobalEnhancersToken,
  getResultBackendToken,
  OWN_APP,
} from './tokens.js';

/** What `forRoot` takes besides Celery's settings. */
export interface CeleryModuleExtras {
  /** Every module sees `Celery` without importing. @default true */
  isGlobal?: boolean;
  /** Tells several apps of one process apart; the token of its `Celery` is `getCeleryToken(name)`. @default 'default' */
  name?: string;
  /**
   * Global guards, pipes, interceptors and filters (`APP_GUARD` and its like, `app.useGlobalPipes()`) run for tasks, too, in an
   * execution context of type `celery`. Those on class and method always run. @default false: they were written for requests
   */
  applyGlobalEnhancers?: boolean;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<CeleryOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createCeleryOptions')
  .setExtras<CeleryModuleExtras>(
    { isGlobal: true, name: DEFAULT_APP, applyGlobalEnhancers: false },
    (definition, { isGlobal = true, name, applyGlobalEnhancers = false }) => ({
      ...definition,
      global: isGlobal,
      providers: [
        ...(definition.providers ?? []),
        ...appProviders(name),
        { provide: getGlobalEnhancersToken(name), useValue: applyGlobalEnhancers },
      ],
      exports: appTokens(name),
    }),
  )
  .build();

function appTokens(name?: string) {
  return [
    getCeleryToken(name),
    getCeleryAppToken(name),
    getCeleryConfigToken(name),
    getBrokerToken(name),
    getResultBackendToken(name),
    getClockToken(name),
  ];
}

function appProviders(name = DEFAULT_APP): Provider[] {
  const config = getCeleryConfigToken(name);
  const broker = getBrokerToken(name);
  const backend = getResultBackendToken(name);
  const clock = getClockToken(name);
  const standIns = { token: STAND_INS, optional: true };
  return [
    { provide: config, useFactory: createConfig, inject: [MODULE_OPTIONS_TOKEN, standIns] },
    { provide: clock, useFactory: (instead?: StandIns) => instead?.clock ?? systemClock, inject: [standIns] },
    { provide: broker, useFactory: createBroker, inject: [config, clock, ModuleRef, standIns] },
    { provide: backend, useFactory: createResultBackend, inject: [config, clock, ModuleRef, standIns] },
    {
      provide: OWN_APP,
      useFactory: (loader: LazyModuleLoader, instead: StandIns | undefined, ...parts: AppParts) =>
        createApp(name, loader, instead, parts),
      inject: [LazyModuleLoader, standIns, config, clock, broker, { token: backend, optional: true }],
    },
    { provide: getCeleryAppToken(name), useExisting: OWN_APP },
    { provide: getCeleryToken(name), useFactory: (app: CeleryApp) => new Celery(app, name), inject: [OWN_APP] },
    {
      provide: SignalConnector,
      useFactory: (discovery: DiscoveryService, { signals }: CeleryApp) =>
        new SignalConnector(discovery, signals, name),
      inject: [DiscoveryService, OWN_APP],
    },
    AppCloser,
  ];
}

function createConfig(options: CeleryOptions, instead?: StandIns): CompiledConfig {
  const config = compileConfig(options);
  return instead ? { ...config, ...instead.settings } : config;
}

async function createBroker(
  config: CompiledConfig,
  clock: Clock,
  moduleRef: ModuleRef,
  instead?: StandIns,
): Promise<Broker> {
  const factory = instead?.broker ?? (await loadBroker(config.broker));
  return factory(adapterDeps(config, clock, moduleRef));
}

async function createResultBackend(
  config: CompiledConfig,
  clock: Clock,
  moduleRef: ModuleRef,
  instead?: StandIns,
): Promise<ResultBackend | undefined> {
  if (config.resultBackend === undefined) return undefined;
  const factory = instead?.resultBackend ?? (await loadResultBackend(config.resultBackend));
  return factory(adapterDeps(config, clock, moduleRef));
}

type AppParts = [config: CompiledConfig, clock: Clock, broker: Broker, backend?: ResultBackend];

function createApp(
  name: string,
  loader: LazyModuleLoader,
  instead: StandIns | undefined,
  [config, clock, broker, backend]: AppParts,
): CeleryApp {
  const eager = () => loadEagerTasks(loader, name);
  const app = new CeleryApp({ config, broker, backend, clock, logger: createNestLogger(), eager });
  instead?.adopt(app, name);
  return app;
}

function adapterDeps(config: CompiledConfig, clock: Clock, moduleRef: ModuleRef): AdapterDeps {
  return {
    config,
    clock,
    logger: createNestLogger(),
    resolve: (token) => moduleRef.get<unknown>(token as never, { strict: false }),
  };
}
