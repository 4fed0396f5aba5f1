import type { INestApplicationContext } from '@nestjs/common';
import { parentLink } from '@nestjs-celery/core/worker';
import type { Worker } from '@nestjs-celery/core/worker';
import type { AppModule } from '../process/boot.js';
import { runProcess } from '../process/run-process.js';
import { surviveTaskRejections } from '../process/task-rejections.js';
import { runChild } from './run-child.js';
import { bootWorker } from './worker-process.js';
import type { WorkerProcessOptions } from './worker-process.js';

/** How `runWorker` runs: the worker's options, and who owns the process. */
export interface RunWorkerOptions extends WorkerProcessOptions {
  /** Own the process: signals stop it, an error ends it with exit code 1. Off: errors are thrown, `stop()` is yours. @default true */
  signals?: boolean;
}

/** What `runWorker` resolves with, once the worker consumes. */
export interface RunningWorker {
  readonly app: INestApplicationContext;
  readonly worker: Worker;
  /** Quiet, drain until `workerShutdownTimeout`, close the application. May be called twice. */
  stop(): Promise<void>;
}

/**
 * The whole of a worker's main file: `await runWorker(AppModule);`. Reads Celery's flags (`-Q mail,celery -c 8 -l info`), boots the
 * application without HTTP, prints Celery's banner and resolves once it consumes. SIGTERM: no new tasks, running ones end (until
 * `workerShutdownTimeout`), the application closes, exit code 0; the first SIGINT does the same with 1. SIGQUIT or a second SIGINT:
 * running tasks get `workerSoftShutdownTimeout`, then they are cancelled, exit code 1; once more: exit code 1 at once.
 * The pools `process` and `threads` run the main file again in each child; there this call runs tasks and does not come back.
 */
export async function runWorker(appModule: AppModule, options: RunWorkerOptions = {}): Promise<RunningWorker> {
  const { signals = true, ...rest } = options;
  const parent = parentLink();
  if (parent) return runChild(appModule, rest, parent);
  if (signals) surviveTaskRejections();
  const warning = 'Hitting Ctrl+C again will initiate cold shutdown, terminating all running tasks!';
  const ownership = { what: 'worker', warning, interrupted: 1, signals };
  const running = await runProcess(ownership, () => bootWorker(appModule, rest));
  return { app: running.app, worker: running.worker, stop: () => running.stop() };
}
