import { ChildWorker } from '@nestjs-celery/core/worker';
import type { ParentLink } from '@nestjs-celery/core/worker';
import type { INestApplicationContext } from '@nestjs/common';
import { bootApplication } from '../process/boot.js';
import type { AppModule } from '../process/boot.js';
import { surviveTaskRejections } from '../process/task-rejections.js';
import { DEFAULT_APP } from '../tokens.js';
import { WorkerFactory } from './worker-factory.js';
import { compileOptions, workerOptions } from './worker-process.js';
import type { WorkerProcessOptions } from './worker-process.js';
import { WorkerServicesModule } from './worker-services.module.js';

/** What a terminal or a process manager sends to the whole group: the worker decides what becomes of its children. */
const FOR_THE_WORKER = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const;

/** The life of a child of the pools `process` and `threads`: the same application, running what its worker sends. Ends the process, or the thread. */
export async function runChild(appModule: AppModule, written: WorkerProcessOptions, link: ParentLink): Promise<never> {
  for (const signal of FOR_THE_WORKER) process.on(signal, () => {});
  surviveTaskRejections();
  link.onGone(() => process.exit(1));
  try {
    const app = await serve(appModule, written, link);
    await app.close();
    process.exit(0);
  } catch (error) {
    process.stderr.write(`worker child: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** Resolves when the worker needs it no longer. */
async function serve(
  appModule: AppModule,
  written: WorkerProcessOptions,
  link: ParentLink,
): Promise<INestApplicationContext> {
  const options = compileOptions(written);
  const { logger, loglevel: level = 'WARNING' } = options;
  const app = await bootApplication(appModule, [WorkerServicesModule], { logger, level, isChild: true });
  const deps = app.get(WorkerFactory).childDeps(options.app ?? DEFAULT_APP);
  const child = new ChildWorker({ ...deps, options: workerOptions(options), link });
  await child.start();
  await child.left;
  await child.stop();
  return app;
}
