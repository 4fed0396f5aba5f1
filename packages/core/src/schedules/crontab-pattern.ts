import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BitSet } from './bit-set.js';
import type { CrontabFieldName } from './crontab-grammar.js';
import type { WallPattern } from './dst-policies.js';

const MINUTE = 60_000;
const MINUTES_A_DAY = 1_440;
const DAY = MINUTE * MINUTES_A_DAY;
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** The last year of JavaScript's calendar. */
const LAST_YEAR = 275_760;
/** 1970-01-01, day 0, was a Thursday. */
const WEEKDAY_OF_DAY_ZERO = 4;

/** The values of each field. */
export type CrontabValues = Readonly<Record<CrontabFieldName, readonly number[]>>;

/**
 * The fields of a crontab compiled for searching: bit sets, so that a step of the search is a few shifts. Month, day of month and
 * weekday must all match. Knows wall clocks only: a time is the milliseconds since 1970 of a UTC clock that shows it.
 */
export class CrontabPattern implements WallPattern {
  /** Whether every hour matches: `*`, or all of them by name. */
  readonly isHourly: boolean;
  readonly #minutes: BitSet;
  readonly #hours: BitSet;
  readonly #months: BitSet;
  /** The matching days of a month that begins on a Sunday, on a Monday, … */
  readonly #daysByFirstWeekday: readonly BitSet[];
  readonly #sets: readonly BitSet[];

  /** @throws InvalidSchedule when the date never comes (31 February). */
  constructor(values: CrontabValues) {
    refuseImpossibleDate(values);
    this.#minutes = new BitSet(values.minute);
    this.#hours = new BitSet(values.hour);
    this.#months = new BitSet(values.monthOfYear);
    this.#daysByFirstWeekday = [0, 1, 2, 3, 4, 5, 6].map(
      (first) => new BitSet(values.dayOfMonth.filter((day) => values.dayOfWeek.includes((first + day - 1) % 7))),
    );
    this.isHourly = new Set(values.hour).size === 24;
    const days = [new BitSet(values.dayOfMonth), new BitSet(values.dayOfWeek)];
    this.#sets = [this.#minutes, this.#hours, this.#months, ...days];
  }

  /** Whether each field has the same values. */
  equals(other: CrontabPattern): boolean {
    return this.#sets.every((set, index) => set.equals(other.#sets[index] as BitSet));
  }

  /** The first matching minute that begins after `wall`, or undefined past the end of the calendar. */
  next(wall: number): number | undefined {
    const minute = Math.floor(wall / MINUTE) + 1;
    const today = Math.floor(minute / MINUTES_A_DAY);
    const day = this.#dayFrom(today);
    if (day === today) {
      const time = this.#timeFrom(minute - today * MINUTES_A_DAY);
      if (time >= 0) return today * DAY + time * MINUTE;
    }
    const later = day === today ? this.#dayFrom(today + 1) : day;
    return later === undefined ? undefined : later * DAY + this.#timeFrom(0) * MINUTE;
  }

  /** The first matching minute of a day from `minute` on, or -1. */
  #timeFrom(minute: number): number {
    const hour = Math.floor(minute / 60);
    if (this.#hours.has(hour)) {
      const inThisHour = this.#minutes.from(minute - hour * 60);
      if (inThisHour >= 0) return hour * 60 + inThisHour;
    }
    const later = this.#hours.from(hour + 1);
    return later < 0 ? -1 : later * 60 + this.#minutes.from(0);
  }

  /** The first matching day from `day` on; days are counted from 1970-01-01. */
  #dayFrom(day: number): number | undefined {
    const date = new Date(day * DAY);
    let year = date.getUTCFullYear();
    let month = date.getUTCMonth();
    let from = date.getUTCDate();
    let monthStart = day - from + 1;
    while (year <= LAST_YEAR) {
      const length = monthLength(year, month);
      const found = this.#months.has(month + 1) ? this.#daysOfMonthAt(monthStart).from(from) : -1;
      if (found >= 0 && found <= length) return monthStart + found - 1;
      monthStart += length;
      from = 1;
      month = (month + 1) % 12;
      if (month === 0) year += 1;
    }
    return undefined;
  }

  #daysOfMonthAt(monthStart: number): BitSet {
    const weekday = (((monthStart + WEEKDAY_OF_DAY_ZERO) % 7) + 7) % 7;
    return this.#daysByFirstWeekday[weekday] as BitSet;
  }
}

function monthLength(year: number, month: number): number {
  return month === 1 && isLeapYear(year) ? 29 : (MONTH_LENGTHS[month] as number);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The smallest day decides. The weekday never does: every date, 29 February too, falls on every weekday sooner or later. */
function refuseImpossibleDate({ dayOfMonth, monthOfYear }: CrontabValues): void {
  const longest = Math.max(...monthOfYear.map((month) => monthLength(2000, month - 1)));
  if (Math.min(...dayOfMonth) <= longest) return;
  throw new InvalidSchedule(
    'dayOfMonth',
    `crontab: dayOfMonth: ${dayOfMonth.join(',')} never comes in monthOfYear ${monthOfYear.join(',')}: these months end at ${longest}.`,
  );
}
