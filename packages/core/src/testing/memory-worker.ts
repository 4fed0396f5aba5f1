import { CeleryApp } from '../app/celery-app.js';
import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import type { TaskOptions } from '../app/task-options.js';
import { TaskRegistry } from '../app/task-registry.js';
import type { TaskHandler } from '../app/task-registry.js';
import type { Clock } from '../contracts/clock.js';
import { memoryBroker, memoryResultBackend } from '../memory/index.js';
import { systemClock } from '../time/system-clock.js';
import { testGlobals } from './test-globals.js';
import { Worker } from '../worker/worker.js';
import type { WorkerOptions } from '../worker/worker-options.js';

/** A handler, with the options of its task where it has any. */
export type TaskOfSpec = TaskHandler | readonly [TaskHandler, TaskOptions];

/** Apps and workers in memory, for the specs of the worker; all end with each test. */
export class MemoryWorkers {
  /** What they logged in this test. */
  readonly lines: string[] = [];
  readonly #stops: (() => Promise<void>)[] = [];
  #apps = 0;

  constructor(private readonly name: string) {
    testGlobals().afterEach(async () => {
      for (const stop of this.#stops.splice(0).reverse()) await stop();
      this.lines.length = 0;
    });
  }

  /** A client and a broker of its own, or those of that name. */
  app(
    options: CeleryOptions = {},
    { name = `${this.name}-${++this.#apps}`, clock = systemClock }: AppOfSpec = {},
  ): CeleryApp {
    const config = compileConfig(options);
    const say = (line: string) => void this.lines.push(line);
    const logger = { debug: say, log: say, warn: say, error: say };
    const deps = { config, clock, logger, resolve: () => undefined };
    const url = `memory://${name}`;
    const app = new CeleryApp({
      config,
      broker: memoryBroker(url)(deps),
      backend: memoryResultBackend(url)(deps),
      clock,
      logger,
    });
    this.#stops.push(() => app.close());
    return app;
  }

  /** Not yet started. */
  worker(app: CeleryApp, tasks: Readonly<Record<string, TaskOfSpec>>, options: WorkerOptions = {}): Worker {
    const registry = new TaskRegistry();
    for (const [name, task] of Object.entries(tasks)) {
      const [handler, taskOptions] = typeof task === 'function' ? [task, {}] : task;
      registry.register({ name, handler, options: taskOptions, source: `spec.${name}` });
    }
    const worker = new Worker({ app, registry, options: { loglevel: 'INFO', ...options } });
    this.#stops.push(() => worker.stop(app.clock.now()));
    return worker;
  }
}

interface AppOfSpec {
  readonly name?: string;
  readonly clock?: Clock;
}

/** Ready messages of a queue in memory. */
export async function depthOf(app: CeleryApp, queue = 'celery'): Promise<number | undefined> {
  return (await app.broker.admin?.depth(queue))?.messages;
}
