import { BackendUnavailable, ImproperlyConfigured, isCeleryError } from '@nestjs-celery/core';
import type { AdapterDeps } from '@nestjs-celery/core';
import { DataSource } from 'typeorm';
import { areOptional, MIGRATE_COMMAND, pendingMigrations, runMigrations } from './migrate.js';
import { poolOf } from './pg-driver.js';
import type { PgPool } from './pg-driver.js';
import { isForbidden, isRefusal, reasonOf } from './pg-errors.js';
import { checkLayout, checkSideTables, inspectLayout } from './result-layout.js';
import type { ResultLayout } from './result-layout.js';
import { resultTables } from './result-tables.js';
import type { ResultTables } from './result-tables.js';
import type { CompiledResultsOptions } from './results-options.js';
import { safeUrl, safeUrlOf } from './safe-url.js';

export type DatabaseDeps = Pick<AdapterDeps, 'logger' | 'resolve'>;

/** A connection whose tables are known to fit; those of ours alone may be missing. */
export interface OpenDatabase {
  readonly pool: PgPool;
  readonly tables: ResultTables;
  readonly layout: ResultLayout;
}

/** The DataSource beneath the results, the application's or one of its own, and its tables brought up to date. */
export class ResultDatabase {
  readonly #options: CompiledResultsOptions;
  readonly #deps: DatabaseDeps;
  #open: Promise<OpenDatabase> | undefined;
  /** Set where we opened it and so have to close it. */
  #ours: DataSource | undefined;

  constructor(options: CompiledResultsOptions, deps: DatabaseDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get safeUrl(): string {
    const { source } = this.#options;
    if (source.kind === 'url') return safeUrl(source.url);
    return isDataSource(source.given) ? safeUrlOf(source.given) : "postgres:// (the application's DataSource)";
  }

  /** Opens it once; after a failure the next call tries again. @throws BackendUnavailable, ImproperlyConfigured */
  open(): Promise<OpenDatabase> {
    this.#open ??= this.#connect().catch(async (error: unknown) => {
      await this.close();
      throw isCeleryError(error) ? error : this.#unavailable(error);
    });
    return this.#open;
  }

  async close(): Promise<void> {
    const dataSource = this.#ours;
    this.#ours = undefined;
    this.#open = undefined;
    if (dataSource?.isInitialized) await dataSource.destroy();
  }

  async #connect(): Promise<OpenDatabase> {
    const dataSource = this.#dataSource();
    if (!dataSource.isInitialized) {
      this.#ours = dataSource;
      await dataSource.initialize();
    }
    const pool = poolOf(dataSource);
    const tables = this.#tables(dataSource);
    return { pool, tables, layout: await this.#bringUpToDate(dataSource, pool, tables) };
  }

  #tables({ options }: DataSource): ResultTables {
    const schema = options.type === 'postgres' ? options.schema : undefined;
    return resultTables({ ...(schema !== undefined && { schema }), ...this.#options.tables });
  }

  async #bringUpToDate(dataSource: DataSource, pool: PgPool, tables: ResultTables): Promise<ResultLayout> {
    const found = await inspectLayout(pool, tables);
    const pending = await pendingMigrations(pool, found, tables);
    const isComplete = pending.length === 0 || (await this.#migrate(dataSource, tables, pending));
    const layout = pending.length === 0 ? found : await inspectLayout(pool, tables);
    checkLayout(layout, tables);
    if (isComplete) checkSideTables(layout, tables);
    return layout;
  }

  /** False: tables are missing that can be done without, and the log says so. */
  async #migrate({ options }: DataSource, tables: ResultTables, pending: readonly string[]): Promise<boolean> {
    const { migrate } = this.#options;
    try {
      if (migrate === 'check') throw this.#notMigrated(pending);
      await runMigrations(options, tables, pending);
      return true;
    } catch (error) {
      const isRefused = isCeleryError(error) && (migrate === 'check' || isForbidden(error.cause));
      if (migrate === 'all' || !isRefused || !areOptional(pending)) throw error;
      this.#deps.logger.warn(
        `Revoked tasks, attempts and the arguments of calls are not kept, results are. ${error.message}`,
      );
      return false;
    }
  }

  #dataSource(): DataSource {
    const { source, poolSize, connectTimeout } = this.#options;
    if (source.kind === 'dataSource') return this.#given(source.given);
    return new DataSource({
      type: 'postgres',
      url: source.url,
      poolSize,
      connectTimeoutMS: connectTimeout,
      applicationName: 'nestjs-celery results',
      installExtensions: false,
      poolErrorHandler: (error: Error) => this.#deps.logger.debug(`Lost an idle connection: ${error.message}`),
      extra: { keepAlive: true },
    });
  }

  #given(given: unknown): DataSource {
    const found = isDataSource(given) ? given : this.#deps.resolve(given);
    if (isDataSource(found)) return found;
    throw new ImproperlyConfigured(
      `dataSource: ${String(given)} leads to no TypeORM DataSource. Give one, or its token.`,
    );
  }

  #notMigrated(pending: readonly string[]): ImproperlyConfigured {
    return new ImproperlyConfigured(
      `The result tables at ${this.safeUrl} are not up to date (missing: ${pending.join(', ')}) and migrate is 'check': ` +
        `run '${MIGRATE_COMMAND}', or 'typeorm migration:run' with resultMigrations() in your DataSource.`,
    );
  }

  #unavailable(error: unknown): BackendUnavailable | ImproperlyConfigured {
    const [Failure, advice] = isRefusal(error)
      ? [ImproperlyConfigured, 'Correct the user, the password or the database in its address.']
      : [BackendUnavailable, 'Is it running, and can it be reached from here?'];
    return new Failure(`The result backend ${this.safeUrl} cannot be used: ${reasonOf(error)}. ${advice}`, {
      cause: error,
    });
  }
}

/** By its shape: an application may have a copy of typeorm other than ours. */
function isDataSource(value: unknown): value is DataSource {
  return typeof value === 'object' && value !== null && 'driver' in value && 'createQueryRunner' in value;
}
