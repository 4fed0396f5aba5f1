import { BackendUnavailable } from '@nestjs-celery/core';
import { mergeRows, sizeOf } from './task-row.js';
import type { TaskRow } from './task-row.js';

/** 'kept': a SUCCESS was there and stays. */
export type StoreOutcome = 'written' | 'kept';

interface Waiter {
  /** Its state lost against the SUCCESS that it was merged with, whatever becomes of the row. */
  readonly overruled: boolean;
  resolve(outcome: StoreOutcome): void;
  reject(error: Error): void;
}

/** A row on its way, and everybody who waits for it. */
export interface PendingRow {
  row: TaskRow;
  readonly waiters: Waiter[];
  bytes: number;
}

export interface PendingLimits {
  /** Rows of one batch. */
  readonly batchRows: number;
  /** Bytes of one batch; a single larger row makes a batch of its own. */
  readonly batchBytes: number;
  /** Bytes that may wait and fly at a time. */
  readonly totalBytes: number;
}

/** Rows that wait to be written, one for each task: states that come in quick succession are merged. */
export class PendingRows {
  readonly #limits: PendingLimits;
  readonly #protectSuccess: boolean;
  #waiting = new Map<string, PendingRow>();
  readonly #flying = new Set<string>();
  #bytes = 0;

  constructor(limits: PendingLimits, protectSuccess: boolean) {
    this.#limits = limits;
    this.#protectSuccess = protectSuccess;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#flying.size === 0;
  }

  get count(): number {
    return this.#waiting.size + this.#flying.size;
  }

  /** Resolves when the row is written. @throws BackendUnavailable when too much waits already. */
  add(row: TaskRow): Promise<StoreOutcome> {
    return new Promise((resolve, reject) => {
      const bytes = sizeOf(row);
      if (this.#bytes > 0 && this.#bytes + bytes > this.#limits.totalBytes) return reject(this.#full(row));
      const before = this.#waiting.get(row.taskId);
      if (before) return this.#merge(before, row, { resolve, reject });
      this.#waiting.set(row.taskId, { row, bytes, waiters: [{ overruled: false, resolve, reject }] });
      this.#bytes += bytes;
    });
  }

  /**
   * The rows that have waited longest, in the order of their ids, in which every batch takes its locks. Leaves out tasks of which an
   * earlier state is still in flight: it must not arrive after this one.
   */
  take(): PendingRow[] {
    const batch: PendingRow[] = [];
    let bytes = 0;
    for (const pending of this.#waiting.values()) {
      if (this.#flying.has(pending.row.taskId)) continue;
      if (batch.length === this.#limits.batchRows) break;
      if (batch.length > 0 && bytes + pending.bytes > this.#limits.batchBytes) break;
      batch.push(pending);
      bytes += pending.bytes;
    }
    for (const { row } of batch) {
      this.#waiting.delete(row.taskId);
      this.#flying.add(row.taskId);
    }
    // V8 keeps what a map once held until the next full collection, tasks and messages with it; not so that of a map that is gone.
    if (this.#waiting.size === 0) this.#waiting = new Map();
    return batch.sort((a, b) => (a.row.taskId < b.row.taskId ? -1 : 1));
  }

  /** The row is committed. */
  landed(pending: PendingRow, outcome: StoreOutcome): void {
    this.#release(pending);
    for (const { overruled, resolve } of pending.waiters) resolve(overruled ? 'kept' : outcome);
  }

  failed(pending: PendingRow, error: Error): void {
    this.#release(pending);
    for (const { reject } of pending.waiters) reject(error);
  }

  #release({ row, bytes }: PendingRow): void {
    this.#flying.delete(row.taskId);
    this.#bytes -= bytes;
  }

  #merge(before: PendingRow, row: TaskRow, promise: Omit<Waiter, 'overruled'>): void {
    const overruled = this.#protectSuccess && before.row.status === 'SUCCESS' && row.status !== 'SUCCESS';
    before.waiters.push({ overruled, ...promise });
    if (overruled) return;
    before.row = mergeRows(before.row, row);
    this.#bytes -= before.bytes;
    before.bytes = sizeOf(before.row);
    this.#bytes += before.bytes;
  }

  #full({ taskId, status }: TaskRow): BackendUnavailable {
    return new BackendUnavailable(
      `State ${status} of task ${taskId} was not stored: ${this.count} results (${this.#bytes} bytes) wait for PostgreSQL already. ` +
        `Is it down, or slow? maxBufferedBytes sets how much may wait.`,
    );
  }
}
