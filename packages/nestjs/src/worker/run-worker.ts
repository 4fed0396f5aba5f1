import type { INestApplicationContext } from '@nestjs/common';
import type { Worker } from '@nestjs-celery/core/worker';
import type { AppModule } from '../process/boot.js';
import { runProcess } from '../process/run-process.js';
import { bootWorker } from './worker-process.js';
import type { WorkerProcessOptions } from './worker-process.js';

export interface RunWorkerOptions extends WorkerProcessOptions {
  /** Own the process: signals stop it, an error ends it with exit code 1. Off: errors are thrown, `stop()` is yours. @default true */
  signals?: boolean;
}

export interface RunningWorker {
  readonly app: INestApplicationContext;
  readonly worker: Worker;
  /** Quiet, drain until `workerShutdownTimeout`, close the application. May be called twice. */
  stop(): Promise<void>;
}

/**
 * The whole of a worker's main file: `await runWorker(AppModule);`. Reads Celery's flags (`-Q mail,celery -c 8 -l info`), boots the
 * application without HTTP, prints Celery's banner and resolves once it consumes. SIGTERM or SIGINT: no new tasks, running ones
 * end (until `workerShutdownTimeout`), the application closes, exit code 0. A second signal or SIGQUIT: exit code 1 at once.
 */
export async function runWorker(appModule: AppModule, options: RunWorkerOptions = {}): Promise<RunningWorker> {
  const { signals = true, ...rest } = options;
  const warning = 'Hitting Ctrl+C again will terminate all running tasks!';
  const running = await runProcess({ what: 'worker', warning, signals }, () => bootWorker(appModule, rest));
  return { app: running.app, worker: running.worker, stop: () => running.stop() };
}
