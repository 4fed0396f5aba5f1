import { InvalidSchedule } from '../errors/schedule-errors.js';

/** What the parts of an interval are worth, in seconds. */
const UNITS = {
  days: 86_400,
  hours: 3_600,
  minutes: 60,
  seconds: 1,
  milliseconds: 0.001,
  microseconds: 0.000_001,
} as const;
/** The units of django-celery-beat's intervals. */
export const INTERVAL_PERIODS = ['days', 'hours', 'minutes', 'seconds', 'microseconds'] as const;
const RELATIVE = ['relative', 'timezone'];

export type IntervalPeriod = (typeof INTERVAL_PERIODS)[number];

export interface RelativeOptions {
  /**
   * The end of each interval is cut to its largest whole unit: one of days ends at midnight, one of hours on the hour, one of minutes
   * on the minute, one of seconds on the second. Celery's `relative`. @default false
   */
  relative?: boolean;
  /** IANA name, for `relative`: whose midnight. @default the application's `timezone` */
  timezone?: string;
}

/** As django-celery-beat keeps it: `{ every: 10, period: 'minutes' }`. */
export interface EveryPeriod extends RelativeOptions {
  every: number;
  /** @default 'seconds' */
  period?: IntervalPeriod;
}

/** As Python's `timedelta`: `{ hours: 1, minutes: 30 }` is the sum of its parts. */
export interface IntervalParts extends RelativeOptions {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
  microseconds?: number;
}

export type IntervalOptions = EveryPeriod | IntervalParts;

/**
 * The seconds that the options stand for.
 * @throws InvalidSchedule naming the field.
 */
export function secondsOf(options: IntervalOptions): number {
  if (typeof options !== 'object' || options === null) {
    return refuse(
      'seconds',
      `${String(options)} is no interval: give seconds, { every, period } or { hours, minutes, … }`,
    );
  }
  return 'every' in options ? secondsOfPeriod(options) : sumOfParts(options);
}

function secondsOfPeriod(options: EveryPeriod): number {
  const { every, period = 'seconds' } = options;
  refuseUnknown(options, ['every', 'period']);
  if (!INTERVAL_PERIODS.includes(period)) {
    refuse('period', `'${String(period)}' is none of ${INTERVAL_PERIODS.join(', ')}`);
  }
  return inSeconds('every', every, period);
}

function sumOfParts(options: IntervalParts): number {
  const units = Object.keys(UNITS) as (keyof typeof UNITS)[];
  refuseUnknown(options, units);
  return units.reduce((sum, unit) => sum + (options[unit] === undefined ? 0 : inSeconds(unit, options[unit], unit)), 0);
}

function inSeconds(field: string, count: number, unit: keyof typeof UNITS): number {
  if (!Number.isFinite(count)) refuse(field, `${String(count)} is no number`);
  // A division keeps what a product of fractions would lose: 3 µs.
  return UNITS[unit] < 1 ? count / Math.round(1 / UNITS[unit]) : count * UNITS[unit];
}

function refuseUnknown(options: object, known: readonly string[]): void {
  const fields = [...known, ...RELATIVE];
  const unknown = Object.keys(options).find((name) => !fields.includes(name));
  if (unknown !== undefined) refuse(unknown, `there is no such field; the fields are ${fields.join(', ')}`);
}

function refuse(field: string, why: string): never {
  throw new InvalidSchedule(field, `interval: ${field}: ${why}.`);
}
