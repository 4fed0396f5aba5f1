import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CeleryApp, compileConfig, systemClock } from '@nestjs-celery/core';
import type { AdapterDeps, Broker, CeleryOptions, CompiledConfig, ResultBackend } from '@nestjs-celery/core';
import { loadBroker, loadResultBackend } from './adapters/load-adapter.js';
import { AppCloser } from './app-closer.js';
import { Celery } from './celery.js';
import { createNestLogger } from './nest-logger.js';
import {
  DEFAULT_APP,
  getBrokerToken,
  getCeleryAppToken,
  getCeleryConfigToken,
  getCeleryToken,
  getResultBackendToken,
  OWN_APP,
} from './tokens.js';

/** What `forRoot` takes besides Celery's settings. */
export interface CeleryModuleExtras {
  /** Every module sees `Celery` without importing. @default true */
  isGlobal?: boolean;
  /** Tells several apps of one process apart; the token of its `Celery` is `getCeleryToken(name)`. @default 'default' */
  name?: string;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<CeleryOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createCeleryOptions')
  .setExtras<CeleryModuleExtras>({ isGlobal: true, name: DEFAULT_APP }, (definition, { isGlobal = true, name }) => ({
    ...definition,
    global: isGlobal,
    providers: [...(definition.providers ?? []), ...appProviders(name)],
    exports: appTokens(name),
  }))
  .build();

function appTokens(name?: string) {
  return [
    getCeleryToken(name),
    getCeleryAppToken(name),
    getCeleryConfigToken(name),
    getBrokerToken(name),
    getResultBackendToken(name),
  ];
}

function appProviders(name = DEFAULT_APP): Provider[] {
  const config = getCeleryConfigToken(name);
  const broker = getBrokerToken(name);
  const backend = getResultBackendToken(name);
  return [
    { provide: config, useFactory: (options: CeleryOptions) => compileConfig(options), inject: [MODULE_OPTIONS_TOKEN] },
    { provide: broker, useFactory: createBroker, inject: [config, ModuleRef] },
    { provide: backend, useFactory: createResultBackend, inject: [config, ModuleRef] },
    { provide: OWN_APP, useFactory: createApp, inject: [config, broker, { token: backend, optional: true }] },
    { provide: getCeleryAppToken(name), useExisting: OWN_APP },
    { provide: getCeleryToken(name), useFactory: (app: CeleryApp) => new Celery(app, name), inject: [OWN_APP] },
    AppCloser,
  ];
}

async function createBroker(config: CompiledConfig, moduleRef: ModuleRef): Promise<Broker> {
  const factory = await loadBroker(config.broker);
  return factory(adapterDeps(config, moduleRef));
}

async function createResultBackend(config: CompiledConfig, moduleRef: ModuleRef): Promise<ResultBackend | undefined> {
  if (config.resultBackend === undefined) return undefined;
  const factory = await loadResultBackend(config.resultBackend);
  return factory(adapterDeps(config, moduleRef));
}

function createApp(config: CompiledConfig, broker: Broker, backend?: ResultBackend): CeleryApp {
  return new CeleryApp({ config, broker, backend, clock: systemClock, logger: createNestLogger() });
}

function adapterDeps(config: CompiledConfig, moduleRef: ModuleRef): AdapterDeps {
  return {
    config,
    clock: systemClock,
    logger: createNestLogger(),
    resolve: (token) => moduleRef.get<unknown>(token as never, { strict: false }),
  };
}
