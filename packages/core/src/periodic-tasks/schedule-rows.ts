import type { CrontabRow, IntervalRow, ScheduleRow, SolarRow } from '../contracts/periodic-tasks.js';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { Clocked } from '../schedules/clocked.js';
import { Crontab, crontab } from '../schedules/crontab.js';
import { Interval, interval } from '../schedules/interval.js';
import { INTERVAL_PERIODS } from '../schedules/interval-options.js';
import type { IntervalPeriod } from '../schedules/interval-options.js';
import type { Schedule, ScheduleDefaults } from '../schedules/schedule.js';
import type { SolarEvent } from '../schedules/solar-events.js';
import { Solar } from '../schedules/solar.js';

/** The largest number that PostgreSQL's `integer` holds. */
export const MAX_INTEGER = 2_147_483_647;
const MICROSECONDS = 1_000_000;
/** Decimal places of the columns `latitude` and `longitude`. */
export const DEGREE_PLACES = 6;

/**
 * The schedule of a row. A crontab's clocks are those of its row; how they take a change says `defaults.dst`.
 * @throws InvalidSchedule naming the field of the row: what Django's forms let pass, such as dayOfWeek 7, is refused here.
 */
export function scheduleOf(row: ScheduleRow, { dst }: ScheduleDefaults): Schedule {
  switch (row.kind) {
    case 'interval':
      return intervalOf(row);
    case 'crontab':
      return crontabOf(row, dst);
    case 'solar':
      return new Solar(row.event as SolarEvent, row.latitude, row.longitude);
    case 'clocked':
      return new Clocked(row.clockedTime);
    default:
      throw new InvalidSchedule(
        'schedule',
        `schedule: '${String((row as { kind: unknown }).kind)}' is no kind of schedule.`,
      );
  }
}

/** The row of a schedule; undefined: Django has no table for it (`cron()`, relative intervals, fractions of a microsecond, schedules of your own). */
export function rowOf(schedule: Schedule, defaults: ScheduleDefaults): ScheduleRow | undefined {
  if (schedule instanceof Interval) return schedule.relative ? undefined : intervalRowOf(schedule.seconds);
  if (schedule instanceof Crontab) return crontabRowOf(schedule, defaults);
  if (schedule instanceof Solar) return solarRowOf(schedule);
  return schedule instanceof Clocked ? { kind: 'clocked', clockedTime: schedule.clockedTime } : undefined;
}

function intervalOf({ every, period }: IntervalRow): Interval {
  if (!Number.isInteger(every) || every < 1 || every > MAX_INTEGER) {
    refuse('every', every, `a whole number from 1 to ${MAX_INTEGER}`);
  }
  if (!isPeriod(period)) return refuse('period', period, `one of ${INTERVAL_PERIODS.join(', ')}`);
  return interval({ every, period });
}

function isPeriod(period: string): period is IntervalPeriod {
  return (INTERVAL_PERIODS as readonly string[]).includes(period);
}

function crontabOf(row: CrontabRow, dst: ScheduleDefaults['dst']): Crontab {
  const { minute, hour, dayOfMonth, monthOfYear, dayOfWeek, timezone } = row;
  return crontab({ minute, hour, dayOfMonth, monthOfYear, dayOfWeek, timezone, ...(dst && { dst }) });
}

/** In seconds, as `IntervalSchedule.from_schedule`; in microseconds where there is a fraction. */
function intervalRowOf(seconds: number): IntervalRow | undefined {
  const whole = Number.isInteger(seconds);
  const every = whole ? seconds : Math.round(seconds * MICROSECONDS);
  if (every < 1 || every > MAX_INTEGER) return undefined;
  return { kind: 'interval', every, period: whole ? 'seconds' : 'microseconds' };
}

function crontabRowOf({ fields, timezone }: Crontab, defaults: ScheduleDefaults): CrontabRow {
  return { kind: 'crontab', ...fields, timezone: timezone ?? defaults.timezone };
}

function solarRowOf({ event, latitude, longitude }: Solar): SolarRow {
  return { kind: 'solar', event, latitude: inPlaces(latitude), longitude: inPlaces(longitude) };
}

/** To a tenth of a metre. */
function inPlaces(degrees: number): number {
  return Number(degrees.toFixed(DEGREE_PLACES));
}

function refuse(field: string, value: unknown, expected: string): never {
  throw new InvalidSchedule(field, `interval: ${field}: '${String(value)}' is refused: give ${expected}.`);
}
