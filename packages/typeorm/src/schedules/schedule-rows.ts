import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { ScheduleRow } from '@nestjs-celery/core';
import type { Queryable } from '../pg-driver.js';
import type { ScheduleLayout } from './schedule-layout.js';
import { SCHEDULE_KINDS } from './schedule-tables.js';
import type { ScheduleTables } from './schedule-tables.js';
import type { Columns } from './task-columns.js';
import { toTime } from './time-sql.js';

/** Finds or makes the rows of schedules, which tasks share. */
export class ScheduleRows {
  readonly #tables: ScheduleTables;
  readonly #layout: ScheduleLayout;

  constructor(tables: ScheduleTables, layout: ScheduleLayout) {
    this.#tables = tables;
    this.#layout = layout;
  }

  /** The columns of a task that lead to its schedules: null for those that it has not. In a transaction. */
  async columnsFor(session: Queryable, schedules: readonly ScheduleRow[]): Promise<Columns> {
    const columns: Record<string, number | null> = {};
    for (const kind of SCHEDULE_KINDS) if (this.#layout.kinds.has(kind)) columns[`${kind}_id`] = null;
    for (const schedule of schedules) columns[`${schedule.kind}_id`] = await this.#idOf(session, schedule);
    return columns;
  }

  async #idOf(session: Queryable, schedule: ScheduleRow): Promise<number> {
    if (!this.#layout.kinds.has(schedule.kind)) throw tooOld(schedule.kind, this.#tables);
    const known = await this.#find(session, schedule);
    if (known !== undefined) return known;
    // Most of Django's tables allow two rows that say the same: at least ours are made one after the other.
    await session.query({ text: `SELECT pg_advisory_xact_lock(hashtext('nestjs-celery schedules'))`, values: [] });
    const id = (await this.#find(session, schedule)) ?? (await this.#make(session, schedule));
    return (
      id ?? (await this.#find(session, schedule)) ?? Promise.reject(new Error('the schedule was deleted meanwhile'))
    );
  }

  /** The first of those that say the same, as Django takes it. */
  async #find(session: Queryable, schedule: ScheduleRow): Promise<number | undefined> {
    const columns = Object.entries(this.#columnsOf(schedule));
    const { rows } = await session.query<{ id: number | null }>({
      text: `SELECT min(id)::float8 AS id FROM ${this.#tables[schedule.kind]}
        WHERE ${columns.map(([name], n) => `${name} = $${n + 1}${castOf(name)}`).join(' AND ')}`,
      values: columns.map(([, value]) => value),
    });
    return rows[0]?.id ?? undefined;
  }

  /** Undefined: somebody has just made it. */
  async #make(session: Queryable, schedule: ScheduleRow): Promise<number | undefined> {
    const columns = Object.entries(this.#columnsOf(schedule));
    const { rows } = await session.query<{ id: number }>({
      text: `INSERT INTO ${this.#tables[schedule.kind]} (${columns.map(([name]) => name).join(', ')})
        VALUES (${columns.map(([name], n) => `$${n + 1}${castOf(name)}`).join(', ')})
        ON CONFLICT DO NOTHING RETURNING id::float8 AS id`,
      values: columns.map(([, value]) => value),
    });
    return rows[0]?.id;
  }

  #columnsOf(schedule: ScheduleRow): Columns {
    switch (schedule.kind) {
      case 'interval':
        return { every: schedule.every, period: schedule.period };
      case 'crontab':
        return {
          minute: schedule.minute,
          hour: schedule.hour,
          day_of_month: schedule.dayOfMonth,
          month_of_year: schedule.monthOfYear,
          day_of_week: schedule.dayOfWeek,
          ...(this.#layout.crontabColumns.has('timezone') && { timezone: schedule.timezone }),
        };
      case 'solar':
        return { event: schedule.event, latitude: schedule.latitude, longitude: schedule.longitude };
      case 'clocked':
        return {
          clocked_time: toTime(schedule.clockedTime),
          // of django-celery-beat before 2.1
          ...(this.#layout.clockedColumns.has('enabled') && { enabled: true }),
        };
    }
  }
}

/** As the column is rounded, so that what was written is found. */
function castOf(column: string): string {
  if (column === 'latitude' || column === 'longitude') return '::numeric(9, 6)';
  return column === 'clocked_time' ? '::timestamptz' : '';
}

function tooOld(kind: string, tables: ScheduleTables): ImproperlyConfigured {
  return new ImproperlyConfigured(
    `A ${kind} schedule cannot be kept: ${tables.periodicTask} is of a django-celery-beat that has none yet. ` +
      `Upgrade it with Django's migrate.`,
  );
}
