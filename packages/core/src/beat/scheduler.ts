import type { Logger } from '../contracts/logger.js';
import type { ScheduleStore } from '../contracts/schedule-store.js';
import { firstDue, followingDue } from './due-times.js';
import { EntryHeap } from './entry-heap.js';
import type { PlannedRun } from './entry-heap.js';
import type { ScheduleEntry } from './schedule-entry.js';

/** Publishes an entry's task; resolves when the broker has it. An id that it gives back goes into the log. */
export type SendEntry = (entry: ScheduleEntry) => Promise<{ readonly id: string } | void>;

export interface SchedulerDeps {
  readonly store: ScheduleStore<ScheduleEntry>;
  readonly send: SendEntry;
  readonly logger: Logger;
}

/** Seconds to wait after the first, second, … failed publish of a run; the last one repeats. */
const RETRY_SECONDS = [1, 2, 5, 10, 30, 60];

/**
 * Knows what is due, publishes it, and says when to be called next; never sleeps.
 *
 * A due time follows from the due time before it, so that an interval does not drift; Celery's counts from when the task was sent,
 * and drifts by the delay of each tick. Times that were missed are made up for by one run, and an interval counts on from that.
 * A publish that fails is tried again, at the latest at the next due time and still as one run; Celery gives that run up.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #heap = new EntryHeap();

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Plans the entries of the store, in place of those planned before. @throws what the store throws. */
  async load(now: Date): Promise<void> {
    const entries = await this.#deps.store.load(now);
    this.#heap.clear();
    for (const entry of entries) {
      const dueAt = this.#dueOf(entry, () => firstDue(entry.schedule, entry.lastRunAt));
      this.#plan(entry, dueAt);
    }
  }

  /** Publishes all that is due, at once, and returns when to be called again; undefined when nothing is planned. Never rejects. */
  async tick(now: Date): Promise<Date | undefined> {
    const due = this.#heap.popUntil(now);
    await Promise.all(due.map((run) => this.#run(run, now)));
    return this.#heap.peek()?.publishAt;
  }

  async #run(run: PlannedRun, now: Date): Promise<void> {
    const { entry, dueAt } = run;
    const nextDue = this.#dueOf(entry, () => followingDue(entry.schedule, dueAt, now));
    const sent = await this.#send(entry);
    if (sent) this.#plan(entry.ranAt(now), nextDue);
    else this.#heap.push({ ...run, publishAt: retryTime(run, now, nextDue), failures: run.failures + 1 });
  }

  async #send(entry: ScheduleEntry): Promise<boolean> {
    const { send, logger } = this.#deps;
    logger.log(`Scheduler: Sending due task ${entry.name} (${entry.task})`);
    try {
      const sent = await send(entry);
      logger.debug(sent ? `${entry.task} sent. id->${sent.id}` : `${entry.task} sent.`);
      return true;
    } catch (error) {
      logger.error(`Message Error: Couldn't apply scheduled task ${entry.name}, trying again: ${reasonOf(error)}`);
      return false;
    }
  }

  #plan(entry: ScheduleEntry, dueAt: Date | undefined): void {
    if (dueAt) this.#heap.push({ entry, dueAt, publishAt: dueAt, failures: 0 });
  }

  /** A schedule may be the user's own: an error of it ends its entry, and no other. */
  #dueOf(entry: ScheduleEntry, find: () => Date | undefined): Date | undefined {
    try {
      return find();
    } catch (error) {
      this.#deps.logger.error(`beat: ${entry.name} has no next run, for its schedule failed: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

function retryTime(run: PlannedRun, now: Date, nextDue: Date | undefined): Date {
  const seconds = RETRY_SECONDS[Math.min(run.failures, RETRY_SECONDS.length - 1)] as number;
  return new Date(Math.min(now.getTime() + seconds * 1000, nextDue?.getTime() ?? Infinity));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
