import type { Cancel, Clock, Logger, TaskMeta } from '@nestjs-celery/core';
import { BackendGetMetaError, ResultWaiters } from '@nestjs-celery/core';
import { kindOfFailure, reasonOf } from './pg-errors.js';

export interface WatcherDeps {
  /** Those of the ids that are ready. */
  readonly findReady: (taskIds: readonly string[]) => Promise<TaskMeta[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Pauses between polls, doubling: soon at first, for short tasks of Python workers, then as Celery's `subpolling_interval`. */
const FIRST_POLL_MS = 50;
const LONGEST_POLL_MS = 500;

/** Looks for results that somebody waits for: when he begins, when told that they are ready, and now and then. One read serves all. */
export class ResultWatcher {
  readonly #deps: WatcherDeps;
  readonly #waiters = new ResultWaiters();
  readonly #toLookFor = new Set<string>();
  #isLooking = false;

  constructor(deps: WatcherDeps) {
    this.#deps = deps;
  }

  waitFor(taskIds: readonly string[], signal: AbortSignal): AsyncIterable<TaskMeta> {
    return this.#waiters.waitFor(taskIds, signal, (missing) => {
      this.look(missing);
      return this.#pollFor(missing);
    });
  }

  /** These may be ready, or any. */
  look(taskIds: Iterable<string> = this.#waiters.taskIds): void {
    for (const id of taskIds) if (this.#waiters.has(id)) this.#toLookFor.add(id);
    if (this.#toLookFor.size > 0 && !this.#isLooking) void this.#lookForAll();
  }

  /** Ends every wait. */
  close(reason: Error): void {
    this.#waiters.fail(reason);
  }

  /** What is added during a read, and was not in its answer, is read next: the answer may be older than the news. */
  async #lookForAll(): Promise<void> {
    this.#isLooking = true;
    await Promise.resolve(); // so that waits that begin together are looked for together
    while (this.#toLookFor.size > 0) {
      const ids = [...this.#toLookFor].filter((id) => this.#waiters.has(id));
      this.#toLookFor.clear();
      if (ids.length > 0) await this.#lookFor(ids);
    }
    this.#isLooking = false;
  }

  async #lookFor(ids: readonly string[]): Promise<void> {
    try {
      for (const meta of await this.#deps.findReady(ids)) this.#waiters.deliver(meta);
    } catch (error) {
      // While PostgreSQL is away the polls go on; whoever waits has set his own limit.
      if (kindOfFailure(error) === 'later') return this.#deps.logger.debug(`No look for results: ${reasonOf(error)}`);
      const message = `The results of ${ids.length} tasks could not be read: ${reasonOf(error)}.`;
      this.#waiters.fail(new BackendGetMetaError(message, { cause: error }), ids);
    }
  }

  #pollFor(missing: ReadonlySet<string>): Cancel {
    const { clock } = this.#deps;
    let cancel: Cancel = () => {};
    const poll = (after: number): void => {
      cancel = clock.at(new Date(clock.now().getTime() + after), () => {
        this.look(missing);
        poll(Math.min(after * 2, LONGEST_POLL_MS));
      });
    };
    poll(FIRST_POLL_MS);
    return () => cancel();
  }
}
