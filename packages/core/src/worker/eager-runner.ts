import { anonymousNodeName } from '../app/anonymous-node-name.js';
import type { CeleryApp } from '../app/celery-app.js';
import type { EagerResult } from '../app/eager-result.js';
import type { EagerRun, EagerTasks } from '../app/eager-tasks.js';
import type { TaskCall } from '../app/task-call.js';
import type { TaskOptions } from '../app/task-options.js';
import type { TaskRegistry } from '../app/task-registry.js';
import { retryCall } from '../canvas/retry-call.js';
import { abandonedSteps, errbacksOf } from '../canvas/successors.js';
import type { Outcome } from '../contracts/pool.js';
import { NotRegistered } from '../errors/config-errors.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { stateOf } from './conclusion.js';
import { EagerRequest } from './eager-request.js';
import { Execution } from './execution.js';
import type { Request } from './request.js';
import { ResultRecorder } from './result-recorder.js';
import { compileTasks } from './runnable-task.js';
import type { RunnableTask } from './runnable-task.js';
import { successorCalls } from './successor-calls.js';
import { WorkerLog } from './worker-log.js';

/** A run that is over, and what followed it. */
interface Ended {
  readonly outcome: Outcome;
  readonly run: EagerRun;
}

/** Runs tasks where they are called: the worker's own way of running one, without broker, pool and waiting. Celery's eager mode. */
export class EagerRunner implements EagerTasks {
  readonly #app: CeleryApp;
  readonly #tasks: ReadonlyMap<string, RunnableTask>;
  readonly #results: ResultRecorder;
  readonly #log: WorkerLog;

  constructor(app: CeleryApp, registry: TaskRegistry) {
    this.#app = app;
    this.#tasks = compileTasks(registry, app);
    this.#results = new ResultRecorder(app, anonymousNodeName());
    this.#log = new WorkerLog(app.logger, 'WARNING');
  }

  optionsOf(name: string): TaskOptions {
    return this.#find(name).definition.options;
  }

  async run(call: TaskCall, { throws }: { readonly throws: boolean }): Promise<EagerRun> {
    const task = this.#find(call.name);
    for (let next = call; ;) {
      const request = EagerRequest.of(next, task, this.#app);
      const { outcome, run } = await this.#runOnce(request, throws);
      if (outcome.kind === 'retry') next = retryCall(request.message, request.delivery, outcome.plan);
      else if (throws && run.errors.length > 0) throw run.errors[0];
      else return run;
    }
  }

  /** In Celery's order: what follows a success comes before its result is stored, what follows a failure after. */
  async #runOnce(request: EagerRequest, throws: boolean): Promise<Ended> {
    const startedAt = this.#app.clock.monotonic();
    const execution = new Execution(request, request.task, { app: this.#app, hostname: null });
    const outcome = await execution.start();
    const successors =
      outcome.kind === 'success' ? await this.#follow(successorCalls(request.message, outcome.result, this.#app)) : [];
    const meta = this.#meta(request, outcome, successors);
    await this.#store(request, outcome, meta);
    const errbacks = outcome.kind === 'failure' ? await this.#follow(errbacksOf(request.message)) : [];
    if (execution.conclude) await execution.conclude(outcome);
    if (!throws) this.#log.outcome(request, outcome, this.#app.clock.monotonic() - startedAt);
    const own = outcome.kind === 'failure' ? [execution.value] : [];
    return {
      outcome,
      run: { meta, errors: [...own, ...[...successors, ...errbacks].flatMap(({ errors }) => errors)] },
    };
  }

  #find(name: string): RunnableTask {
    const task = this.#tasks.get(name);
    if (task) return task;
    throw new NotRegistered(
      `Task '${name}' cannot run eagerly: this process has no handler for it. Add its class to the providers of a module.`,
    );
  }

  /** One after the other; what is not of this process is sent. */
  async #follow(calls: readonly TaskCall[]): Promise<EagerResult[]> {
    const results: EagerResult[] = [];
    for (const call of calls) {
      if (this.#tasks.has(call.name)) results.push(await this.#app.applyCall(call, false));
      else await this.#app.publish(call);
    }
    return results;
  }

  #meta({ message, id }: Request, outcome: Outcome, successors: readonly EagerResult[]): TaskMeta {
    const { content, config, clock } = this.#app;
    const failed = outcome.kind === 'failure';
    const result =
      outcome.kind === 'success'
        ? outcome.result
        : content.encode(failed ? outcome.exc : null, config.resultSerializer);
    const children = outcome.kind === 'success' ? outcome.children : [];
    return {
      taskId: id,
      status: stateOf(outcome),
      result,
      traceback: failed ? outcome.traceback : null,
      children: [...children, ...successors.map((each) => each.asTuple())],
      dateDone: clock.now(),
      ...(message.headers.parent_id === null ? {} : { parentId: message.headers.parent_id }),
    };
  }

  async #store(request: Request, outcome: Outcome, { children }: TaskMeta): Promise<void> {
    if (!request.task.storeEagerResult) return;
    await this.#app.connectBackend();
    const { message } = request;
    if (outcome.kind === 'success') await this.#results.success(request, outcome.result, children);
    else if (outcome.kind === 'retry') await this.#results.retry(request, outcome.exc, outcome.traceback);
    else if (outcome.kind === 'failure')
      await this.#results.failure(request, outcome.exc, outcome.traceback, abandonedSteps(message));
  }
}
