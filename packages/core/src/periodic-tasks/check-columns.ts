import type { PeriodicTaskFields } from '../contracts/periodic-tasks.js';
import { FIRST_DATE, LAST_DATE } from '../contracts/schedule-limits.js';
import { MAX_INTEGER } from './schedule-rows.js';

type Check = (value: unknown) => string | undefined;

const MAX_PRIORITY = 255;
const MAX_TEXT = 200;

/** Checks of single columns, in the words of Django's validators. */
export const COLUMN_CHECKS = {
  name: filledText,
  task: filledText,
  queue: optional(shortText),
  exchange: optional(shortText),
  routingKey: optional(shortText),
  priority: optional((value) => wholeNumber(value, MAX_PRIORITY)),
  expires: optional(dateTime),
  expireSeconds: optional((value) => wholeNumber(value, MAX_INTEGER)),
  oneOff: trueOrFalse,
  startTime: optional(dateTime),
  enabled: trueOrFalse,
  description: anyText,
} satisfies Partial<Record<keyof PeriodicTaskFields, Check>>;

/** As Django's `CharField(max_length)`. */
export function tooLong(value: string, limit: number): string | undefined {
  if (value.length <= limit) return undefined;
  return `Ensure this value has at most ${limit} characters (it has ${value.length}).`;
}

/** A date that neither Python nor the tables can hold. */
export function outOfCalendar(date: Date): string | undefined {
  return date < FIRST_DATE || date > LAST_DATE ? 'Ensure this date is in the years 1 to 9999.' : undefined;
}

function optional(check: Check): Check {
  return (value) => (value === null ? undefined : check(value));
}

function filledText(value: unknown): string | undefined {
  if (value === undefined) return 'This field is required.';
  return typeof value === 'string' && value.trim() === '' ? 'This field cannot be blank.' : shortText(value);
}

function shortText(value: unknown): string | undefined {
  return anyText(value) ?? tooLong(value as string, MAX_TEXT);
}

function anyText(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Enter a text.';
  return value.includes('\0') ? 'Null characters are not allowed.' : undefined;
}

function wholeNumber(value: unknown, limit: number): string | undefined {
  if (!Number.isInteger(value)) return 'Enter a whole number.';
  if ((value as number) < 0) return 'Ensure this value is greater than or equal to 0.';
  return (value as number) > limit ? `Ensure this value is less than or equal to ${limit}.` : undefined;
}

function dateTime(value: unknown): string | undefined {
  return value instanceof Date && !Number.isNaN(value.getTime()) ? outOfCalendar(value) : 'Enter a valid date/time.';
}

function trueOrFalse(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'This value must be either True or False.';
}
