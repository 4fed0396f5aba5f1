import { createHash } from 'node:crypto';
import { BackendGetMetaError, BackendStoreError, BackendUnavailable } from '@nestjs-celery/core';
import type {
  AdapterDeps,
  AttemptStore,
  CallStore,
  OnceStore,
  ResultBackend,
  RevocationStore,
  ScheduleDatabase,
  TaskMeta,
} from '@nestjs-celery/core';
import type { PgPool } from './pg-driver.js';
import { kindOfFailure, reasonOf } from './pg-errors.js';
import { Connection } from './connection.js';
import { NotificationListener } from './notification-listener.js';
import { resultDatabase } from './result-database.js';
import type { ResultDatabase } from './result-database.js';
import { hasSideTables } from './result-layout.js';
import { ResultTable } from './result-table.js';
import { ResultWatcher } from './result-watcher.js';
import { ResultWriter } from './result-writer.js';
import type { ResultTables } from './result-tables.js';
import type { CompiledResultsOptions } from './results-options.js';
import { scheduleSettingsOf } from './schedules/schedules-options.js';
import { TypeormScheduleDatabase } from './schedules/typeorm-schedule-database.js';
import { PAYLOAD_SEPARATOR } from './upsert-statement.js';
import { pause } from './retry.js';
import type { Ask } from './side-stores/ask.js';
import { PgAttempts } from './side-stores/attempts.js';
import { PgCalls } from './side-stores/calls.js';
import { PgOnce } from './side-stores/once.js';
import { PgRevocations } from './side-stores/revocations.js';
import { toTaskRow } from './task-row.js';

/** Reads give up after these attempts; somebody is waiting for them. */
const READ_RETRIES = 3;

/** What there is between `connect()` and `close()`. */
interface Session {
  readonly pool: PgPool;
  readonly tables: ResultTables;
  readonly table: ResultTable;
  readonly writer: ResultWriter;
  readonly watcher: ResultWatcher;
  readonly listener: NotificationListener | undefined;
}

interface SideStores {
  readonly revocations: RevocationStore;
  readonly attempts: AttemptStore;
  readonly calls: CallStore;
  readonly once: OnceStore;
}

/** Results in the tables of django-celery-results on PostgreSQL: Django, Python's workers and clients read and write them too. */
export class TypeormResultBackend implements ResultBackend {
  /** Over the same connection. Its tables are made, or looked for, when it is opened. */
  readonly schedules: ScheduleDatabase;
  readonly #sideStores: SideStores;
  readonly #options: CompiledResultsOptions;
  readonly #deps: AdapterDeps;
  readonly #database: ResultDatabase;
  #session: Promise<Session> | undefined;
  /** Taken for granted until the database is open. */
  #hasSideTables = true;

  constructor(options: CompiledResultsOptions, deps: AdapterDeps) {
    this.#options = options;
    this.#deps = deps;
    const connection = new Connection(options, deps);
    this.#database = resultDatabase(connection, options.tables, deps);
    this.schedules = new TypeormScheduleDatabase(scheduleSettingsOf(options), connection, deps);
    const ask: Ask = (statement) => this.#ask(statement);
    this.#sideStores = {
      revocations: new PgRevocations(ask),
      attempts: new PgAttempts(ask, deps.clock),
      calls: new PgCalls(ask, deps.clock),
      once: new PgOnce(ask, deps.clock),
    };
  }

  get revocations(): RevocationStore | undefined {
    return this.#hasSideTables ? this.#sideStores.revocations : undefined;
  }

  get attempts(): AttemptStore | undefined {
    return this.#hasSideTables ? this.#sideStores.attempts : undefined;
  }

  get calls(): CallStore | undefined {
    return this.#hasSideTables ? this.#sideStores.calls : undefined;
  }

  get once(): OnceStore | undefined {
    return this.#hasSideTables ? this.#sideStores.once : undefined;
  }

  get safeUrl(): string {
    return this.#database.safeUrl;
  }

  async connect(): Promise<void> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    await this.#session;
  }

  async storeResult(meta: TaskMeta): Promise<'written' | 'kept'> {
    const { writer } = await this.#connected();
    return writer.store(toTaskRow(meta, this.#deps.clock.now()));
  }

  async getMany(taskIds: readonly string[]): Promise<Map<string, TaskMeta>> {
    if (taskIds.length === 0) return new Map();
    const { table } = await this.#connected();
    const metas = await this.#retrying('Results could not be read', BackendGetMetaError, () => table.find(taskIds));
    return new Map(metas.map((meta) => [meta.taskId, meta]));
  }

  async *waitFor(taskIds: readonly string[], signal: AbortSignal): AsyncGenerator<TaskMeta, void, undefined> {
    const { watcher, listener } = await this.#connected();
    listener?.start();
    yield* watcher.waitFor(taskIds, signal);
  }

  async forget(taskIds: readonly string[]): Promise<void> {
    const { table } = await this.#connected();
    await this.#retrying('Results could not be forgotten', BackendStoreError, () => table.delete(taskIds));
  }

  async deleteExpired(before: Date): Promise<number> {
    const { table } = await this.#connected();
    const now = this.#deps.clock.now();
    return this.#retrying('Results could not be expired', BackendStoreError, () => table.deleteExpired(before, now));
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    session?.watcher.close(new BackendUnavailable(`The result backend ${this.safeUrl} was closed during the wait.`));
    await Promise.all([session?.writer.close(), session?.listener?.stop()]);
    await this.#database.close();
  }

  async #open(): Promise<Session> {
    const { clock, logger, config } = this.#deps;
    const { prepare, notify, retry, maxBufferedBytes } = this.#options;
    const { protectSuccess } = config;
    const { pool, family, layout } = await this.#database.open();
    const { tables } = family;
    this.#hasSideTables = hasSideTables(layout);
    const channel = notify ? channelOf(layout.schema, tables.prefix) : undefined;
    const table = new ResultTable(pool, tables, layout, { protectSuccess, prepare, channel });
    const upsert = table.upsert.bind(table);
    const writer = new ResultWriter({ upsert, clock, logger, retry, protectSuccess, maxBufferedBytes });
    const watcher = new ResultWatcher({ findReady: table.findReady.bind(table), clock, logger });
    const listener = channel === undefined ? undefined : this.#listener(pool, channel, watcher);
    return { pool, tables, table, writer, watcher, listener };
  }

  #listener(pool: PgPool, channel: string, watcher: ResultWatcher): NotificationListener {
    const { clock, logger } = this.#deps;
    const onMessage = (payload: string) => watcher.look(payload === '' ? undefined : payload.split(PAYLOAD_SEPARATOR));
    const openClient = () => new pool.Client(pool.options);
    const onListening = () => watcher.look();
    return new NotificationListener({ openClient, channel, subject: 'results', clock, logger, onMessage, onListening });
  }

  async #ask<Row>(statement: Parameters<Ask>[0]): Promise<Row[]> {
    const { pool, tables } = await this.#connected();
    const query = statement(tables);
    return this.#retrying(
      'What is kept besides results could not be had',
      BackendStoreError,
      async () => (await pool.query<Row>(query)).rows,
    );
  }

  #connected(): Promise<Session> {
    if (this.#session) return this.#session;
    throw new BackendUnavailable(`The result backend ${this.safeUrl} is not connected: call connect() first.`);
  }

  async #retrying<T>(
    failed: string,
    Failure: typeof BackendGetMetaError | typeof BackendStoreError,
    run: () => Promise<T>,
  ): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        return await run();
      } catch (error) {
        if (kindOfFailure(error) !== 'later' || retries === READ_RETRIES) {
          const message = `${failed} at ${this.safeUrl}: ${reasonOf(error)}.`;
          throw new Failure(message, { cause: error });
        }
        await pause(this.#deps.clock, retries, this.#options.retry);
      }
    }
  }
}

/** One channel for each table of the database. A name may have 63 bytes. */
function channelOf(schema: string, prefix: string): string {
  const name = `${schema}.${prefix}taskresult`;
  if (Buffer.byteLength(name) <= 63) return name;
  return `celery_results_${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}
