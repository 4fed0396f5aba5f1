import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { WorkerOptions } from '@nestjs-celery/core/worker';

/** As those of a worker process; but `loglevel` is 'INFO' unless it is given, as the application's own logger filters. */
export interface WorkerModuleOptions extends WorkerOptions {
  /** Whose tasks it runs. @default 'default' */
  app?: string;
  /** The worker lost its broker for good and consumes nothing any more: end the process, or tell your health check. @default a line in the log */
  onFailed?(error: Error): void;
}

export const { ConfigurableModuleClass: ConfigurableWorkerModule, MODULE_OPTIONS_TOKEN: WORKER_MODULE_OPTIONS } =
  new ConfigurableModuleBuilder<WorkerModuleOptions>().setClassMethodName('forRoot').build();
