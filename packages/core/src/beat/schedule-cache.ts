import type { ScheduleRow } from '../contracts/periodic-tasks.js';
import { scheduleOf } from '../periodic-tasks/schedule-rows.js';
import type { DstPolicy, Schedule } from '../schedules/schedule.js';

/** Beyond so many, they are forgotten and made anew. */
const MOST = 200_000;

/** One schedule for all rows that say the same. */
export class ScheduleCache {
  readonly #known = new Map<string, Schedule>();

  constructor(private readonly timezone: string) {}

  /** @throws InvalidSchedule */
  get(row: ScheduleRow, dst: DstPolicy): Schedule {
    const key = `${dst} ${keyOf(row)}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= MOST) this.#known.clear();
    const made = scheduleOf(row, { timezone: this.timezone, dst });
    this.#known.set(key, made);
    return made;
  }
}

function keyOf(row: ScheduleRow): string {
  switch (row.kind) {
    case 'interval':
      return `interval ${row.every} ${row.period}`;
    case 'crontab':
      return ['crontab', row.minute, row.hour, row.dayOfMonth, row.monthOfYear, row.dayOfWeek, row.timezone].join('|');
    case 'solar':
      return `solar ${row.event} ${row.latitude} ${row.longitude}`;
    case 'clocked':
      return `clocked ${row.clockedTime.getTime()}`;
  }
}
