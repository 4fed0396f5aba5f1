import { BackendStoreError, BackendUnavailable, isCeleryError } from '@nestjs-celery/core';
import type { Clock } from '@nestjs-celery/core';
import { withAnswerTimeout } from '../answer-timeout.js';
import { inTransaction } from '../pg-driver.js';
import type { PgPool, PgQuery, Queryable } from '../pg-driver.js';
import { isLocked, isUnanswered, kindOfFailure, reasonOf } from '../pg-errors.js';
import { pause } from '../retry.js';
import type { RetryTimes } from '../retry.js';
import type { ScheduleLayout } from './schedule-layout.js';
import type { ScheduleTables } from './schedule-tables.js';

/** Attempts after the first; somebody is waiting. */
const RETRIES = 3;
/** Milliseconds; as long as beat's lease. */
const ANSWER_WITHIN = 10_000;

export interface SessionDeps {
  readonly pool: PgPool;
  readonly tables: ScheduleTables;
  readonly layout: ScheduleLayout;
  readonly clock: Clock;
  readonly retry: RetryTimes;
  readonly prepare: boolean;
  readonly safeUrl: string;
}

/** The database between `open()` and `close()`: statements that are tried again when PostgreSQL is away for a moment. */
export class ScheduleSession {
  readonly tables: ScheduleTables;
  readonly layout: ScheduleLayout;
  readonly pool: PgPool;
  readonly #deps: SessionDeps;

  constructor(deps: SessionDeps) {
    this.tables = deps.tables;
    this.layout = deps.layout;
    this.pool = withAnswerTimeout(deps.pool, ANSWER_WITHIN);
    this.#deps = deps;
  }

  /** One statement, which may be run twice. Gives the rows. @throws BackendStoreError, BackendUnavailable */
  async rows<Row>({ name, ...query }: PgQuery): Promise<Row[]> {
    const prepared = { ...query, ...(this.#deps.prepare && name !== undefined && { name }) };
    return this.retrying(async () => (await this.pool.query<Row>(prepared)).rows);
  }

  /** Several statements, all or none of them, which may be run twice. @throws BackendStoreError, BackendUnavailable */
  transaction<T>(run: (session: Queryable) => Promise<T>): Promise<T> {
    return this.retrying(() => inTransaction(this.pool, run));
  }

  /** An error of the library passes. @throws BackendStoreError, BackendUnavailable */
  async retrying<T>(run: () => Promise<T>): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        return await run();
      } catch (error) {
        if (!isTemporary(error) || retries === RETRIES) throw this.#failure(error);
        await pause(this.#deps.clock, retries, this.#deps.retry);
      }
    }
  }

  #failure(error: unknown): unknown {
    if (isCeleryError(error)) return error;
    const Failure = kindOfFailure(error) === 'later' ? BackendUnavailable : BackendStoreError;
    return new Failure(`The schedules at ${this.#deps.safeUrl} could not be had: ${reasonOf(error)}.`, {
      cause: error,
    });
  }
}

/** It may work the next time; not yet where somebody keeps a row locked. A schedule that somebody deletes while a task is given it breaks a foreign key: the next time it is made anew. */
function isTemporary(error: unknown): boolean {
  if (isCeleryError(error) || isUnanswered(error) || isLocked(error)) return false; // the next connection may be as dead
  return kindOfFailure(error) === 'later' || (error as { code?: unknown }).code === '23503';
}
