import type { CeleryApp } from '../app/celery-app.js';
import type { TaskRegistry } from '../app/task-registry.js';
import type { LocalTaskRun, Outcome, PoolJob, TaskRun, TaskRunner } from '../contracts/pool.js';
import { decodeTaskMessage } from '../protocol/task-message.js';
import type { DecodeMessageOptions } from '../protocol/task-message.js';
import { pythonTraceback } from '../protocol/traceback.js';
import { decoding } from './decoding.js';
import { nodeName } from './node-name.js';
import { readOutcome, readReceived, writeOutcome } from './pools/child-protocol.js';
import type { ToChild, WireJob, WireOutcome } from './pools/child-protocol.js';
import type { ParentLink } from './pools/parent-link.js';
import { compileTasks } from './runnable-task.js';
import { LocalTaskRunner } from './task-runner.js';
import type { WorkerOptions } from './worker-options.js';

export interface ChildWorkerDeps {
  readonly app: CeleryApp;
  readonly registry: TaskRegistry;
  readonly options?: WorkerOptions;
  /** From `parentLink()`. */
  readonly link: ParentLink;
}

/** Runs the handlers of a worker in a child of its pool. Consumes nothing and acknowledges nothing: the worker does. */
export class ChildWorker {
  /** Resolves when the worker needs this child no longer: then close the application and end. */
  readonly left: Promise<void>;
  readonly #app: CeleryApp;
  readonly #link: ParentLink;
  readonly #hostname: string;
  readonly #runner: TaskRunner;
  readonly #decoding: DecodeMessageOptions;
  #leave: () => void = () => {};
  /** The job that has no outcome yet. */
  #run: LocalTaskRun | undefined;
  /** Of the job whose outcome the worker has. */
  #conclusion: TaskRun['conclude'];

  constructor({ app, registry, options = {}, link }: ChildWorkerDeps) {
    this.#app = app;
    this.#link = link;
    this.#hostname = nodeName(options.hostname);
    this.#runner = new LocalTaskRunner(compileTasks(registry, app), { app, hostname: this.#hostname });
    this.#decoding = decoding(app);
    this.left = new Promise((resolve) => (this.#leave = resolve));
  }

  /** Tells the worker that jobs may come. */
  async start(): Promise<void> {
    await this.#app.signals.send('worker_process_init', this.#hostname, { pid: process.pid });
    this.#link.onMessage((message) => void this.#receive(message));
    this.#link.send({ kind: 'up' });
  }

  /** The last thing before the application closes. */
  async stop(exitcode = 0): Promise<void> {
    await this.#app.signals.send('worker_process_shutdown', this.#hostname, { pid: process.pid, exitcode });
  }

  async #receive(message: ToChild): Promise<void> {
    if (message.kind === 'run') await this.#start(message.job, message.weigh);
    else if (message.kind === 'conclude') await this.#conclude(message.outcome);
    else if (message.kind === 'leave') this.#leave();
    else if (this.#run) {
      // what the handler does from now on is of no use: it may tidy up, and this child ends with it
      this.#run.cancel(message.why);
      await this.#run.ended;
      this.#leave();
    }
  }

  async #start(wire: WireJob, weigh: boolean): Promise<void> {
    this.#link.send({ kind: 'started' });
    const outcome = await this.#outcome(wire);
    this.#conclusion = this.#run?.conclude;
    this.#run = undefined; // a `cancel` that comes now was sent before the worker knew: it is about nothing any more
    const concludes = this.#conclusion !== undefined;
    const memory = weigh ? this.#link.memory() : 0;
    this.#link.send({ kind: 'outcome', outcome: this.#write(outcome), concludes, memory });
  }

  async #outcome(wire: WireJob): Promise<Outcome> {
    try {
      const received = readReceived(wire);
      const { delivery, limits } = wire;
      const job: PoolJob = { message: decodeTaskMessage(received, this.#decoding), received, delivery, limits };
      this.#run = this.#runner.prepare(job);
      return await this.#run.start();
    } catch (error) {
      // the worker knows the task and could read its message: this child runs other code, or another configuration
      return this.#failed(error);
    }
  }

  async #conclude(outcome: WireOutcome): Promise<void> {
    await this.#conclusion?.(readOutcome(outcome, this.#app.content));
    this.#conclusion = undefined;
    this.#link.send({ kind: 'concluded' });
  }

  #write(outcome: Outcome): WireOutcome {
    try {
      return writeOutcome(outcome, this.#app.content);
    } catch (error) {
      return writeOutcome(this.#failed(error), this.#app.content);
    }
  }

  #failed(error: unknown): Outcome {
    return {
      kind: 'failure',
      exc: this.#app.exceptions.toInfo(error),
      traceback: pythonTraceback(error),
      expected: false,
    };
  }
}
