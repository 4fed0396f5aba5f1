import { CeleryApp, compileConfig, systemClock, TaskRegistry } from '@nestjs-celery/core';
import type { CeleryOptions, TaskHandler, TaskOptions } from '@nestjs-celery/core';
import { amqp } from '@nestjs-celery/amqp';
import { memoryResultBackend } from '@nestjs-celery/core/memory';
import { Worker } from '@nestjs-celery/core/worker';
import type { WorkerOptions } from '@nestjs-celery/core/worker';
import { amqpUrl } from './servers.js';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A handler, with the options of its task where it has any. */
type Task = TaskHandler | readonly [TaskHandler, TaskOptions];

/** An app of ours in the spec's own process, on RabbitMQ and with results in memory; closed after the test. */
export function coreApp(options: CeleryOptions = {}, name = 'core-app'): CeleryApp {
  const config = compileConfig({ workerEnableRemoteControl: false, ...options });
  const quiet = () => {};
  const logger = { debug: quiet, log: quiet, warn: quiet, error: quiet };
  const deps = { config, clock: systemClock, logger, resolve: () => undefined };
  const backend = memoryResultBackend(`memory://${name}`)(deps);
  const app = new CeleryApp({ config, broker: amqp(amqpUrl())(deps), backend, logger });
  stops.push(() => app.close());
  return app;
}

/** A worker of the app, consuming; stopped after the test. */
export async function startCoreWorker(
  app: CeleryApp,
  tasks: Readonly<Record<string, Task>>,
  options: WorkerOptions = {},
): Promise<Worker> {
  const registry = new TaskRegistry();
  for (const [name, task] of Object.entries(tasks)) {
    const [handler, taskOptions] = typeof task === 'function' ? [task, {}] : task;
    registry.register({ name, handler, options: taskOptions, source: name });
  }
  const worker = new Worker({ app, registry, options });
  stops.push(() => worker.stop(new Date()));
  await worker.start();
  return worker;
}
