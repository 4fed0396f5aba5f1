import { BackendStoreError, BackendUnavailable } from '@nestjs-celery/core';
import type { CeleryError, Clock, Logger } from '@nestjs-celery/core';
import { PendingRows } from './pending-rows.js';
import type { PendingRow, StoreOutcome } from './pending-rows.js';
import { isMissingRelation, kindOfFailure, reasonOf } from './pg-errors.js';
import { pause } from './retry.js';
import type { RetryTimes } from './retry.js';
import type { TaskRow } from './task-row.js';

export interface WriterDeps {
  /** Commits the rows and tells which ids were left alone. */
  readonly upsert: (rows: readonly TaskRow[]) => Promise<ReadonlySet<string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retry: RetryTimes;
  readonly protectSuccess: boolean;
  readonly maxBufferedBytes: number;
}

const MOST_FLIGHTS = 2;
const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Gathers results into batches. There is no timer: a lone result leaves with the event loop's turn, and whatever comes while two
 * statements are under way goes together with the next. What PostgreSQL cannot take just now is tried again.
 */
export class ResultWriter {
  readonly #deps: WriterDeps;
  readonly #pending: PendingRows;
  readonly #closing = new AbortController();
  #flights = 0;
  #isScheduled = false;
  #isAway = false;
  #onIdle: (() => void)[] = [];

  constructor(deps: WriterDeps) {
    this.#deps = deps;
    const limits = { batchRows: BATCH_ROWS, batchBytes: BATCH_BYTES, totalBytes: deps.maxBufferedBytes };
    this.#pending = new PendingRows(limits, deps.protectSuccess);
  }

  /** Resolves when the row is committed. @throws BackendStoreError when PostgreSQL refuses it, BackendUnavailable when it cannot be had */
  store(row: TaskRow): Promise<StoreOutcome> {
    const stored = this.#pending.add(row);
    this.#schedule();
    return stored;
  }

  /** Writes what waits, once: what PostgreSQL does not take now fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#pending.isEmpty) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** At the end of this turn of the event loop, so that results of one turn go together. */
  #schedule(): void {
    if (this.#isScheduled || this.#flights === MOST_FLIGHTS) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#launch();
    });
  }

  #launch(): void {
    while (this.#flights < MOST_FLIGHTS) {
      const batch = this.#pending.take();
      if (batch.length === 0) break;
      this.#flights += 1;
      void this.#write(batch).finally(() => {
        this.#flights -= 1;
        this.#launch();
      });
    }
    if (this.#pending.isEmpty) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /** Never rejects: each row is settled on its own. */
  async #write(batch: readonly PendingRow[]): Promise<void> {
    for (let retries = 0; ; retries++) {
      const failure = await this.#attempt(batch);
      if (!failure) return;
      if (kindOfFailure(failure.error) !== 'later' || !this.#mayRetry(retries)) {
        return this.#giveUp(batch, retries, failure.error);
      }
      this.#sayAway(failure.error);
      await pause(this.#deps.clock, retries, this.#deps.retry, this.#closing.signal);
    }
  }

  async #attempt(batch: readonly PendingRow[]): Promise<{ error: unknown } | undefined> {
    try {
      const kept = await this.#deps.upsert(batch.map(({ row }) => row));
      this.#sayBack();
      for (const pending of batch) this.#pending.landed(pending, kept.has(pending.row.taskId) ? 'kept' : 'written');
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** A row that PostgreSQL refuses fails alone: the batch is halved until it stands by itself. */
  async #giveUp(batch: readonly PendingRow[], retries: number, error: unknown): Promise<void> {
    if (batch.length > 1 && kindOfFailure(error) === 'row') {
      const middle = batch.length >> 1;
      await this.#write(batch.slice(0, middle));
      return this.#write(batch.slice(middle));
    }
    for (const pending of batch) this.#pending.failed(pending, storeError(pending.row, retries, error));
  }

  #mayRetry(retries: number): boolean {
    return !this.#closing.signal.aborted && retries < (this.#deps.retry.maxRetries ?? Infinity);
  }

  #sayAway(error: unknown): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#deps.logger.warn(`Results cannot be stored just now: ${reasonOf(error)}. They wait, and are tried again.`);
  }

  #sayBack(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#deps.logger.log(`Results can be stored again; ${this.#pending.count} waited.`);
  }
}

/** What is refused once is refused again; what could not be reached may be reached later. */
function storeError({ taskId, status }: TaskRow, retries: number, error: unknown): CeleryError {
  const shown = taskId.length > 64 ? `${taskId.slice(0, 61)}...` : taskId;
  const tried = retries > 0 ? ` in ${retries + 1} attempts` : '';
  const advice = isMissingRelation(error)
    ? ' Were the tables dropped or altered? Restart, so that they are checked.'
    : '';
  const Failure = kindOfFailure(error) === 'later' ? BackendUnavailable : BackendStoreError;
  return new Failure(
    `State ${status} of task ${JSON.stringify(shown)} was not stored${tried}: ${reasonOf(error)}.${advice}`,
    { cause: error },
  );
}
