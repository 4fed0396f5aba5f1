import { createHash } from 'node:crypto';
import { BackendGetMetaError, BackendStoreError, BackendUnavailable } from '@nestjs-celery/core';
import type { AdapterDeps, ResultBackend, TaskMeta } from '@nestjs-celery/core';
import { kindOfFailure, reasonOf } from './pg-errors.js';
import { ResultDatabase } from './result-database.js';
import { ResultListener } from './result-listener.js';
import { ResultTable } from './result-table.js';
import { ResultWatcher } from './result-watcher.js';
import { ResultWriter } from './result-writer.js';
import type { CompiledResultsOptions } from './results-options.js';
import { pause } from './retry.js';
import { toTaskRow } from './task-row.js';

/** Reads give up after these attempts; somebody is waiting for them. */
const READ_RETRIES = 3;

/** What there is between `connect()` and `close()`. */
interface Session {
  readonly table: ResultTable;
  readonly writer: ResultWriter;
  readonly watcher: ResultWatcher;
  readonly listener: ResultListener | undefined;
}

/** Results in the tables of django-celery-results on PostgreSQL: Django, Python's workers and clients read and write them too. */
export class TypeormResultBackend implements ResultBackend {
  readonly #options: CompiledResultsOptions;
  readonly #deps: AdapterDeps;
  readonly #database: ResultDatabase;
  #session: Promise<Session> | undefined;

  constructor(options: CompiledResultsOptions, deps: AdapterDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#database = new ResultDatabase(options, deps);
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
    const metas = await this.#retrying('read', BackendGetMetaError, () => table.find(taskIds));
    return new Map(metas.map((meta) => [meta.taskId, meta]));
  }

  async *waitFor(taskIds: readonly string[], signal: AbortSignal): AsyncGenerator<TaskMeta, void, undefined> {
    const { watcher, listener } = await this.#connected();
    listener?.start();
    yield* watcher.waitFor(taskIds, signal);
  }

  async forget(taskIds: readonly string[]): Promise<void> {
    const { table } = await this.#connected();
    await this.#retrying('forgotten', BackendStoreError, () => table.delete(taskIds));
  }

  async deleteExpired(before: Date): Promise<number> {
    const { table } = await this.#connected();
    return this.#retrying('expired', BackendStoreError, () => table.deleteExpired(before));
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
    const { pool, tables, layout } = await this.#database.open();
    const channel = notify ? channelOf(layout.schema, tables.prefix) : undefined;
    const table = new ResultTable(pool, tables, layout, { protectSuccess, prepare, channel });
    const upsert = table.upsert.bind(table);
    const writer = new ResultWriter({ upsert, clock, logger, retry, protectSuccess, maxBufferedBytes });
    const watcher = new ResultWatcher({ findReady: table.findReady.bind(table), clock, logger });
    const openClient = () => new pool.Client(pool.options);
    const onReady = watcher.look.bind(watcher);
    const listener =
      channel === undefined ? undefined : new ResultListener({ openClient, channel, clock, logger, onReady });
    return { table, writer, watcher, listener };
  }

  #connected(): Promise<Session> {
    if (this.#session) return this.#session;
    throw new BackendUnavailable(`The result backend ${this.safeUrl} is not connected: call connect() first.`);
  }

  async #retrying<T>(
    done: string,
    Failure: typeof BackendGetMetaError | typeof BackendStoreError,
    run: () => Promise<T>,
  ): Promise<T> {
    for (let retries = 0; ; retries++) {
      try {
        return await run();
      } catch (error) {
        if (kindOfFailure(error) !== 'later' || retries === READ_RETRIES) {
          const message = `Results could not be ${done} at ${this.safeUrl}: ${reasonOf(error)}.`;
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
