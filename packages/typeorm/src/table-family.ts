import type { MigrationInterface } from 'typeorm';
import type { Queryable } from './pg-driver.js';

/** What is known of tables before they are used. */
export interface Layout {
  /** Our migrations ran here at some time. */
  readonly hasMigrations: boolean;
}

/** Tables that are made and checked together: those of the results, or those of the schedules. */
export interface TableFamily<L extends Layout> {
  /** 'result' or 'schedule', for sentences. */
  readonly kind: string;
  /** Some of the tables, for errors. */
  readonly examples: string;
  /** The export that has the migrations for a DataSource of the application. */
  readonly migrationsExport: string;
  readonly tables: MigratedTables;
  /** Oldest first. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  inspect(pool: Queryable): Promise<L>;
  /** Whether what the migration makes is not there: the application may have made it by its own means, or Django. */
  isMissing(migration: string, layout: L): boolean;
  /** Whether all else works without what the migration makes. */
  isOptional(migration: string): boolean;
  /** What is lost without the optional: the beginning of a warning. */
  readonly loss: string;
  /** @param isComplete all migrations ran @throws ImproperlyConfigured when the tables cannot be used */
  check(layout: L, isComplete: boolean): void;
}

/** Where migrations are noted. */
export interface MigratedTables {
  /** Undefined: where the connection's `search_path` leads. */
  readonly schema: string | undefined;
  /** Without the schema, unquoted. */
  readonly migrationsName: string;
  readonly migrations: string;
}
