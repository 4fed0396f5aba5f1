import type { ScheduleEdit } from '@nestjs-celery/core';
import { pollSql } from './poll-statement.js';
import type { ScheduleSession } from './schedule-session.js';

/** What one poll has seen. */
interface Seen {
  /** PostgreSQL's snapshot: rows of transactions that it does not see have changed since. */
  readonly snapshot: string;
  /** The oldest transaction that it does not see, in 32 bits. */
  readonly horizon: string;
  readonly tasks: Fingerprint;
  readonly policies: Fingerprint;
}

/** Rows that are gone cannot be read; their number and the sum of their ids tell. */
interface Fingerprint {
  readonly count: number;
  readonly sum: number;
  readonly highest: number;
}

interface Polled extends Seen {
  /** Tasks that were written themselves. */
  readonly written: readonly { readonly id: number; readonly hash: string }[];
  /** Tasks whose schedule was. */
  readonly rescheduled: readonly number[];
  /** Tasks whose policy was. */
  readonly policed: readonly number[];
}

/**
 * Finds edited tasks without anybody's help: by the transaction that wrote each row, so that only what has changed is read. What beat itself
 * writes with a run changes a row too; it is told of once, and then known by its hash.
 */
export class EditPoll {
  readonly #session: ScheduleSession;
  readonly #hashes = new Map<number, string>();
  #seen: Seen | undefined;

  constructor(session: ScheduleSession) {
    this.#session = session;
  }

  /** What has changed since the last call; undefined: nothing, or this was the first. @throws what the driver throws */
  async look(): Promise<ScheduleEdit | undefined> {
    const before = this.#seen;
    const { tables, layout, pool } = this.#session;
    const { rows } = await pool.query<{ polled: string }>({
      text: pollSql(tables, layout),
      values: [before?.snapshot ?? null, before?.horizon ?? null],
    });
    if (rows[0] === undefined) return undefined; // nobody has written anything anywhere
    const now = JSON.parse(rows[0].polled) as Polled;
    this.#seen = now;
    if (before === undefined) return undefined;
    const { written, rescheduled, policed } = now;
    const ids = written.map(({ id }) => id);
    if (isLess(before.tasks, now.tasks, ids) || isLess(before.policies, now.policies, policed)) {
      this.#hashes.clear();
      return 'all';
    }
    const rewritten = written.filter((task) => this.#isNew(task)).map(({ id }) => id);
    const edited = new Set([...rewritten, ...rescheduled, ...policed]);
    return edited.size > 0 ? { ids: [...edited] } : undefined;
  }

  #isNew({ id, hash }: Polled['written'][number]): boolean {
    if (this.#hashes.get(id) === hash) return false;
    this.#hashes.set(id, hash);
    return true;
  }
}

/** Whether rows are gone. New rows have higher ids than all before; where they have not, rather once too often than never. */
function isLess(before: Fingerprint, now: Fingerprint, changed: readonly number[]): boolean {
  const added = changed.filter((id) => id > before.highest);
  const sum = added.reduce((total, id) => total + id, before.sum);
  return now.count !== before.count + added.length || now.sum !== sum;
}
