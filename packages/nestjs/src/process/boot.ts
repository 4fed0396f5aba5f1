import { ConsoleLogger, Module } from '@nestjs/common';
import type {
  DynamicModule,
  INestApplicationContext,
  LoggerService,
  LogLevel as NestLogLevel,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isCeleryError } from '@nestjs-celery/core';
import type { LOG_LEVEL_NAMES } from '@nestjs-celery/core';
import { SETTING_OVERRIDES } from '../setting-overrides.js';
import type { SettingOverrides } from '../setting-overrides.js';

/** Celery's levels. */
export type CeleryLogLevel = (typeof LOG_LEVEL_NAMES)[keyof typeof LOG_LEVEL_NAMES];

/** The application's module, as `NestFactory` takes it. */
export type AppModule = Type | DynamicModule;

/** Nest's levels at and above each of Celery's. */
const NEST_LEVELS: Readonly<Record<CeleryLogLevel, NestLogLevel[]>> = {
  DEBUG: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
  INFO: ['fatal', 'error', 'warn', 'log'],
  WARNING: ['fatal', 'error', 'warn'],
  ERROR: ['fatal', 'error'],
  CRITICAL: ['fatal'],
};

/** Nest reports an error of the boot with its stack. Ours say what to do in one line, which `runProcess` prints. */
class BootLogger extends ConsoleLogger {
  override error(message: unknown, ...rest: [...unknown[]]): void {
    if (!isCeleryError(message)) super.error(message, ...(rest as [string?]));
  }
}

/** In a child of a pool Nest's account of the boot, known from the worker's own, is left out. */
class ChildBootLogger extends BootLogger {
  override log(message: unknown, ...rest: [...unknown[]]): void {
    const context = rest.at(-1);
    if (context !== 'NestFactory' && context !== 'InstanceLoader') super.log(message, ...(rest as [string?]));
  }
}

/** The application and what runs it, as one module. */
@Module({})
class CeleryRootModule {}

export interface BootOptions {
  readonly logger: LoggerService | undefined;
  readonly level: CeleryLogLevel;
  readonly isChild?: boolean;
  readonly overrides?: SettingOverrides;
}

/** Boots the application together with modules of ours. A logger of the application's own keeps its levels. */
export function bootApplication(
  appModule: AppModule,
  ours: readonly Type[],
  { logger, level, isChild = false, overrides }: BootOptions,
): Promise<INestApplicationContext> {
  const root: DynamicModule = {
    module: CeleryRootModule,
    global: true,
    imports: [appModule, ...ours],
    providers: [{ provide: SETTING_OVERRIDES, useValue: overrides }],
    exports: [SETTING_OVERRIDES],
  };
  return NestFactory.createApplicationContext(root, {
    abortOnError: false,
    logger: logger ?? new (isChild ? ChildBootLogger : BootLogger)({ logLevels: NEST_LEVELS[level] }),
  });
}
