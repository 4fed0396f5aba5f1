import { BackendUnavailable } from '@nestjs-celery/core';
import type {
  AdapterDeps,
  LeaseStore,
  PeriodicTaskStore,
  RunStore,
  ScheduleDatabase,
  ScheduleEdit,
} from '@nestjs-celery/core';
import type { Connection } from '../connection.js';
import type { KeptTables } from '../kept-tables.js';
import { EditWatch } from './edit-watch.js';
import { PgLeases } from './pg-leases.js';
import { PgPeriodicTasks } from './pg-periodic-tasks.js';
import { PgRuns } from './pg-runs.js';
import { scheduleTablesOf } from './schedule-family.js';
import type { ScheduleFamily } from './schedule-family.js';
import type { ScheduleLayout } from './schedule-layout.js';
import { ScheduleSession } from './schedule-session.js';
import type { ScheduleSettings } from './schedules-options.js';

export type ScheduleDatabaseDeps = Pick<AdapterDeps, 'clock' | 'logger' | 'resolve'>;

/** Schedules in the tables of django-celery-beat on PostgreSQL: Django and its admin read and write them too. */
export class TypeormScheduleDatabase implements ScheduleDatabase {
  readonly tasks: PeriodicTaskStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  readonly #settings: ScheduleSettings;
  readonly #deps: ScheduleDatabaseDeps;
  /** Of the connection, if it says one. */
  readonly #schema: string | undefined;
  readonly #tables: KeptTables<ScheduleLayout, ScheduleFamily>;
  readonly #watches = new Set<EditWatch>();
  #session: Promise<ScheduleSession> | undefined;

  constructor(settings: ScheduleSettings, connection: Connection, deps: ScheduleDatabaseDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#schema = connection.schema;
    this.#tables = scheduleTablesOf(connection, settings.tables, deps);
    const session = () => this.#opened();
    this.tasks = new PgPeriodicTasks(session, () => deps.clock.now());
    this.runs = new PgRuns(session);
    this.leases = new PgLeases(session);
  }

  /** With what tells it from other schedules in the same database. */
  get safeUrl(): string {
    const { schema = this.#schema, tablePrefix: prefix } = this.#settings.tables;
    const own = Object.entries({ schema, prefix }).filter(([, name]) => name !== undefined);
    const { safeUrl } = this.#tables;
    return own.length === 0 ? safeUrl : `${safeUrl} (${own.map((each) => each.join(' ')).join(', ')})`;
  }

  async open(): Promise<void> {
    this.#session ??= this.#open().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    await this.#session;
  }

  async watch(onEdit: (edit: ScheduleEdit) => void): Promise<() => Promise<void>> {
    const { clock, logger } = this.#deps;
    const session = await this.#opened();
    const watch = new EditWatch({ session, notify: this.#settings.notify, clock, logger, onEdit });
    await watch.start();
    this.#watches.add(watch);
    return async () => {
      this.#watches.delete(watch);
      await watch.stop();
    };
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.catch(() => {});
    const watches = [...this.#watches];
    this.#watches.clear();
    await Promise.all(watches.map((watch) => watch.stop()));
    await this.#tables.close();
  }

  async #open(): Promise<ScheduleSession> {
    const { pool, family, layout } = await this.#tables.open();
    const { prepare, retry } = this.#settings;
    return new ScheduleSession({
      pool,
      layout,
      tables: family.tables,
      clock: this.#deps.clock,
      retry,
      prepare,
      safeUrl: this.safeUrl,
    });
  }

  #opened(): Promise<ScheduleSession> {
    if (this.#session) return this.#session;
    throw new BackendUnavailable(`The database of schedules ${this.safeUrl} is not open: call open() first.`);
  }
}
