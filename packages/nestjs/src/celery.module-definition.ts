import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { DiscoveryService, LazyModuleLoader, ModuleRef } from '@nestjs/core';
import { CeleryApp, compileConfig, systemClock } from '@nestjs-celery/core';
import type {
  Broker,
  CeleryOptions,
  Clock,
  CompiledConfig,
  ResultBackend,
  ScheduleDatabase,
} from '@nestjs-celery/core';
import { createBroker, createResultBackend, createScheduleDatabase } from './adapters/create-adapters.js';
import type { AdapterParts } from './adapters/create-adapters.js';
import { AppCloser } from './app-closer.js';
import { Celery } from './celery.js';
import { AppSchedules } from './discovery/app-schedules.js';
import { loadEagerTasks } from './load-eager-tasks.js';
import { createNestLogger } from './nest-logger.js';
import { SETTING_OVERRIDES } from './setting-overrides.js';
import type { SettingOverrides } from './setting-overrides.js';
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
  getScheduleDatabaseToken,
  OWN_APP,
  OWN_SCHEDULES,
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
    getScheduleDatabaseToken(name),
    getClockToken(name),
  ];
}

function appProviders(name = DEFAULT_APP): Provider[] {
  const config = getCeleryConfigToken(name);
  const broker = getBrokerToken(name);
  const backend = getResultBackendToken(name);
  const clock = getClockToken(name);
  const standIns = { token: STAND_INS, optional: true };
  const adapterParts = [config, clock, ModuleRef, standIns];
  return [
    {
      provide: config,
      useFactory: (options: CeleryOptions, ...over: Overrides) => createConfig(name, options, over),
      inject: [MODULE_OPTIONS_TOKEN, { token: SETTING_OVERRIDES, optional: true }, standIns],
    },
    { provide: clock, useFactory: (instead?: StandIns) => instead?.clock ?? systemClock, inject: [standIns] },
    { provide: broker, useFactory: createBroker, inject: adapterParts },
    { provide: backend, useFactory: createResultBackend, inject: adapterParts },
    {
      provide: OWN_SCHEDULES,
      useFactory: (results: ResultBackend | undefined, ...parts: AdapterParts) =>
        createScheduleDatabase(name, results, ...parts),
      inject: [{ token: backend, optional: true }, ...adapterParts],
    },
    { provide: getScheduleDatabaseToken(name), useExisting: OWN_SCHEDULES },
    {
      provide: AppSchedules,
      useFactory: (settings: CompiledConfig, schedules?: ScheduleDatabase) =>
        new AppSchedules(name, settings, schedules),
      inject: [config, { token: OWN_SCHEDULES, optional: true }],
    },
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

type Overrides = [flags?: SettingOverrides, instead?: StandIns];

function createConfig(app: string, options: CeleryOptions, [flags, instead]: Overrides): CompiledConfig {
  const said = flags?.app === app ? flags.settings : {};
  return { ...compileConfig(options), ...said, ...instead?.settings };
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
