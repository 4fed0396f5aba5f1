import type { ResultBackend } from '../contracts/result-backend.js';
import type { ControlReply } from '../protocol/control-message.js';
import { Broadcaster } from './broadcaster.js';
import type { BroadcasterDeps, BroadcastOptions } from './broadcaster.js';
import { revocationLimits } from './revocation-limits.js';
import { fromNow } from '../time/from-now.js';

/** Options of `revoke()`. Celery's arguments of `control.revoke`. */
export interface RevokeOptions extends BroadcastOptions {
  /** End the task even when it runs already. @default false */
  terminate?: boolean;
  /** With `terminate`: the signal for the process that runs it, by name or number. @default 'SIGTERM' */
  signal?: string | number;
}

/** New time limits in seconds; what is left out, or null, is no limit. */
export interface NewTimeLimits {
  soft?: number | null;
  hard?: number | null;
}

export interface ControlDeps extends BroadcasterDeps {
  /** The backend, connected; undefined where none is configured. */
  backend(): Promise<ResultBackend> | undefined;
}

/**
 * Tells workers something, and asks them: those of Python and ours alike. Celery's `app.control`. Every method resolves with the answers,
 * one object by node name for each worker: `[{ 'celery@host': { ok: 'pong' } }]`; with an empty list where none were asked for.
 */
export class Control {
  readonly #deps: ControlDeps;
  readonly #broadcaster: Broadcaster;

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    this.#broadcaster = new Broadcaster(deps);
  }

  /**
   * Sends any command, with its arguments by Celery's names: `broadcast('time_limit', { task_name: 'add', hard: 10 })`.
   * Resolves when the broker has taken it, or with `reply` when the answers are there.
   * @throws BrokerUnavailable, PublishTimeout, EncodeError; ImproperlyConfigured for a destination that is no list
   */
  broadcast(
    method: string,
    args: Readonly<Record<string, unknown>> = {},
    options: BroadcastOptions = {},
  ): Promise<ControlReply[]> {
    return this.#broadcaster.broadcast(method, args, options);
  }

  /** Asks who is there: `[{ 'celery@host': { ok: 'pong' } }]`. */
  ping(options: Omit<BroadcastOptions, 'reply'> = {}): Promise<ControlReply[]> {
    return this.broadcast('ping', {}, { ...options, reply: true });
  }

  /**
   * Has workers discard tasks, by id. With a database as result backend, workers that are down now will know of it, too.
   * Without `reply` it resolves when the broker has taken the request, not when it is obeyed.
   */
  async revoke(taskId: string | readonly string[], options: RevokeOptions = {}): Promise<ControlReply[]> {
    const { terminate = false, signal = 'SIGTERM', ...rest } = options;
    const everybody = rest.destination === undefined && rest.pattern === undefined;
    const args = { task_id: taskId, terminate, signal };
    const [replies] = await Promise.all([
      this.broadcast('revoke', args, rest),
      everybody && this.#remember(typeof taskId === 'string' ? [taskId] : taskId),
    ]);
    return replies;
  }

  /** `revoke` with `terminate`. */
  terminate(
    taskId: string | readonly string[],
    options: Omit<RevokeOptions, 'terminate'> = {},
  ): Promise<ControlReply[]> {
    return this.revoke(taskId, { ...options, terminate: true });
  }

  /** Changes how often each worker starts a task: `'10/s'`, `'10/m'`, `'10/h'`, a number per second; 0 = no limit. */
  rateLimit(taskName: string, rateLimit: string | number, options: BroadcastOptions = {}): Promise<ControlReply[]> {
    return this.broadcast('rate_limit', { task_name: taskName, rate_limit: rateLimit }, options);
  }

  /** Changes both time limits of a task, for runs that start from now on. */
  timeLimit(
    taskName: string,
    { soft = null, hard = null }: NewTimeLimits,
    options: BroadcastOptions = {},
  ): Promise<ControlReply[]> {
    return this.broadcast('time_limit', { task_name: taskName, hard, soft }, options);
  }

  /** The workers write it down as well: what fails here is told, and no more. */
  async #remember(taskIds: readonly string[]): Promise<void> {
    const { backend, clock, logger } = this.#deps;
    try {
      const until = fromNow(clock, revocationLimits().expires * 1000);
      await (await backend())?.revocations?.add(taskIds, until);
    } catch (error) {
      logger.warn(`The revoked ids are not kept for workers that are down now: ${String(error)}`);
    }
  }
}
