import { BackendUnavailable, ImproperlyConfigured, isCeleryError } from '@nestjs-celery/core';
import type { Logger } from '@nestjs-celery/core';
import type { DataSource } from 'typeorm';
import type { Connection, OpenConnection } from './connection.js';
import { MIGRATE_COMMAND, pendingMigrations, runMigrations } from './migrate.js';
import type { PgPool } from './pg-driver.js';
import { isForbidden, isRefusal, reasonOf } from './pg-errors.js';
import type { Layout, TableFamily } from './table-family.js';

/** A connection whose tables are known to fit; what can be done without may be missing. */
export interface OpenTables<F, L> {
  readonly pool: PgPool;
  readonly family: F;
  readonly layout: L;
}

interface KeptTablesDeps<F> {
  readonly connection: Connection;
  readonly logger: Logger;
  /** 'result backend', for sentences. */
  readonly title: string;
  /** The tables, in the schema of the DataSource unless the options name another. */
  readonly family: (schema: string | undefined) => F;
}

/** One family of tables over a connection that others may use too, brought up to date when it is opened. */
export class KeptTables<L extends Layout, F extends TableFamily<L>> {
  readonly #deps: KeptTablesDeps<F>;
  #open: Promise<OpenTables<F, L>> | undefined;

  constructor(deps: KeptTablesDeps<F>) {
    this.#deps = deps;
  }

  get safeUrl(): string {
    return this.#deps.connection.safeUrl;
  }

  /** Opens them once; after a failure the next call tries again. @throws BackendUnavailable, ImproperlyConfigured */
  open(): Promise<OpenTables<F, L>> {
    this.#open ??= this.#connect().catch(async (error: unknown) => {
      await this.close();
      throw isCeleryError(error) ? error : this.#unavailable(error);
    });
    return this.#open;
  }

  async close(): Promise<void> {
    this.#open = undefined;
    await this.#deps.connection.close(this);
  }

  async #connect(): Promise<OpenTables<F, L>> {
    const { dataSource, pool }: OpenConnection = await this.#deps.connection.open(this);
    const { options } = dataSource;
    const family = this.#deps.family(options.type === 'postgres' ? options.schema : undefined);
    return { pool, family, layout: await this.#bringUpToDate(dataSource, pool, family) };
  }

  async #bringUpToDate(dataSource: DataSource, pool: PgPool, family: F): Promise<L> {
    const found = await family.inspect(pool);
    const pending = await pendingMigrations(pool, family, found);
    const isComplete = pending.length === 0 || (await this.#migrate(dataSource, family, pending));
    const layout = pending.length === 0 ? found : await family.inspect(pool);
    family.check(layout, isComplete);
    return layout;
  }

  /** False: something is missing that can be done without, and the log says so. */
  async #migrate(dataSource: DataSource, family: F, pending: readonly string[]): Promise<boolean> {
    try {
      await this.#run(dataSource, family, pending);
      return true;
    } catch (error) {
      const needed = pending.filter((name) => !family.isOptional(name));
      if (!this.#isRefused(error) || needed.length === pending.length) throw error;
      if (needed.length > 0) await this.#run(dataSource, family, needed);
      this.#deps.logger.warn(`${family.loss} ${error.message}`);
      return false;
    }
  }

  async #run({ options }: DataSource, family: F, pending: readonly string[]): Promise<void> {
    if (this.#deps.connection.options.migrate === 'check') throw this.#notMigrated(family, pending);
    await runMigrations(options, family, pending);
  }

  #isRefused(error: unknown): error is Error {
    const { migrate } = this.#deps.connection.options;
    return migrate !== 'all' && isCeleryError(error) && (migrate === 'check' || isForbidden(error.cause));
  }

  #notMigrated({ kind, migrationsExport }: F, pending: readonly string[]): ImproperlyConfigured {
    return new ImproperlyConfigured(
      `The ${kind} tables at ${this.safeUrl} are not up to date (missing: ${pending.join(', ')}) and migrate is 'check': ` +
        `run '${MIGRATE_COMMAND}', or 'typeorm migration:run' with ${migrationsExport} in your DataSource.`,
    );
  }

  #unavailable(error: unknown): BackendUnavailable | ImproperlyConfigured {
    const [Failure, advice] = isRefusal(error)
      ? [ImproperlyConfigured, 'Correct the user, the password or the database in its address.']
      : [BackendUnavailable, 'Is it running, and can it be reached from here?'];
    return new Failure(`The ${this.#deps.title} ${this.safeUrl} cannot be used: ${reasonOf(error)}. ${advice}`, {
      cause: error,
    });
  }
}
