import type { ResultBackend } from '../contracts/result-backend.js';
import type { RerunLinks, StoredCall } from '../contracts/side-stores.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { UnreadableLiteral } from '../errors/protocol-errors.js';
import { RerunRefused } from '../errors/rerun-errors.js';
import { decodeJson } from '../protocol/json.js';
import { readPythonLiteral } from '../protocol/python-literal-reader.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { READY_STATES } from '../protocol/states.js';
import type { AsyncResult } from './async-result.js';
import type { CeleryApp } from './celery-app.js';
import { REDACTED } from './redact.js';
import type { ApplyAsyncOptions } from './task-options.js';

/** The header by which a message says which finished task it repeats. Its handler finds it in `currentTask().headers`, Python's in `request.headers`. */
export const RERUN_OF = 'x-celery-rerun-of';

/** Options of `rerun()`: those of a call, and other arguments than those of the finished task. */
export interface RerunOptions extends ApplyAsyncOptions {
  /** @default those of the finished task, as are `kwargs` */
  args?: readonly unknown[];
}

/** What is known of a finished task. */
interface Finished {
  readonly meta: TaskMeta;
  readonly call: StoredCall | undefined;
}

/** The side of an app that sends finished tasks anew. */
export class Reruns {
  constructor(private readonly app: CeleryApp) {}

  async rerun<R>(taskId: string, options: RerunOptions): Promise<AsyncResult<R>> {
    const { args: given, ...rest } = options;
    if (rest.taskId === taskId) throw sameId(taskId);
    const backend = await this.app.connectBackend();
    const finished = await find(backend, taskId);
    const name = nameOf(finished);
    const maxDepth = this.app.config.messageMaxDepth;
    const args = given ?? (partOf(finished, 'args', maxDepth) as readonly unknown[]);
    const kwargs = rest.kwargs ?? (partOf(finished, 'kwargs', maxDepth) as Record<string, unknown>);
    const headers = { ...rest.headers, [RERUN_OF]: taskId };
    const result = await this.app.sendTask<R>(name, args, { ...placeOf(finished, rest), kwargs, headers });
    await this.#link(backend, result.id, taskId);
    return result;
  }

  async linksOf(taskId: string): Promise<RerunLinks> {
    const backend = await this.app.connectBackend();
    return (await backend.calls?.linksOf(taskId)) ?? { rerunOf: null, reruns: [] };
  }

  /** The task is on its way: an error would have it sent once more. Its message says the same. */
  async #link(backend: ResultBackend, taskId: string, rerunOf: string): Promise<void> {
    try {
      await backend.calls?.link({ taskId, rerunOf });
    } catch (error) {
      this.app.logger.warn(
        `Task ${taskId} was sent as a rerun of ${rerunOf}, which could not be noted: ${String(error)}`,
      );
    }
  }
}

function sameId(taskId: string): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `rerun('${taskId}'): taskId is that of the finished task, whose result would be lost. Leave it out.`,
  );
}

async function find(backend: ResultBackend, taskId: string): Promise<Finished> {
  const meta = (await backend.getMany([taskId])).get(taskId);
  if (!meta) {
    throw new RerunRefused(
      taskId,
      'unknown',
      'no result of it is stored. Is the id right, has the result expired (resultExpires), is it ignored (ignoreResult)?',
    );
  }
  if (!READY_STATES.has(meta.status)) {
    const advice = 'Wait until it is over, or revoke it first.';
    throw new RerunRefused(taskId, 'unfinished', `it is not finished, its state is ${meta.status}. ${advice}`);
  }
  return { meta, call: await backend.calls?.find(taskId) };
}

function nameOf({ meta, call }: Finished): string {
  const name = call?.name ?? meta.extended?.name;
  if (name) return name;
  throw new RerunRefused(
    meta.taskId,
    'no-name',
    'its name was not stored with its result. Set resultExtended (result_extended in Python) for the workers; send this one by its name.',
  );
}

/** Where the call says nothing of it, the queue that it came from; the routes decide where that was not stored. */
function placeOf({ call }: Finished, options: ApplyAsyncOptions): ApplyAsyncOptions {
  const shown = call?.redacted ? { argsrepr: REDACTED, kwargsrepr: REDACTED } : {};
  const { queue, exchange, routingKey } = options;
  const isPlaced = [queue, exchange, routingKey].some((place) => place !== undefined && place !== null);
  return { ...shown, ...(call?.queue && !isPlaced && { queue: call.queue }), ...options };
}

function partOf(finished: Finished, part: 'args' | 'kwargs', maxDepth: number): unknown {
  const { meta, call } = finished;
  if (!call) return readRepr(meta, part);
  if (!call.redacted) return decodeJson(call[part], { maxDepth });
  throw new RerunRefused(
    meta.taskId,
    'redacted',
    `its arguments were redacted by the task's option 'redact'. Give args and kwargs: rerun(id, { args: […], kwargs: {…} }).`,
  );
}

/** What Python's workers store: text for people, of which plain values can be read back. */
function readRepr(meta: TaskMeta, part: 'args' | 'kwargs'): unknown {
  const repr = meta.extended?.[part === 'args' ? 'argsrepr' : 'kwargsrepr'];
  if (!repr || repr === REDACTED) throw notKept(meta.taskId, part);
  try {
    const value = readPythonLiteral(repr, { dialect: 'celery', root: part });
    if (part === 'args' ? Array.isArray(value) : isKwargs(value)) return value;
  } catch (cause) {
    if (!(cause instanceof UnreadableLiteral)) throw cause;
    throw unreadable(meta.taskId, part, cause.message, cause);
  }
  throw unreadable(meta.taskId, part, `${part} is no ${part === 'args' ? 'tuple or list' : 'dict'}.`);
}

function isKwargs(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function notKept(taskId: string, part: string): RerunRefused {
  return new RerunRefused(
    taskId,
    'no-arguments',
    `its ${part} were not kept: resultExtended was off, they were larger than resultExtendedMaxBytes, or hidden. ` +
      `Give them: rerun(id, { ${part}: … }).`,
  );
}

function unreadable(taskId: string, part: string, problem: string, cause?: Error): RerunRefused {
  return new RerunRefused(
    taskId,
    'unreadable',
    `only Python's repr of its arguments is stored, and ${problem} Give them: rerun(id, { ${part}: … }).`,
    { cause },
  );
}
