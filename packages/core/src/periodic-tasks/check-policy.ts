import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import { outOfCalendar } from './check-columns.js';
import { DST_POLICIES } from '../schedules/dst-policies.js';

/** What is wrong, by the field that it is wrong with; empty: nothing. */
export type FieldProblems = Record<string, string[]>;

const CHOICES = {
  misfire: ['fire-once', 'skip', 'fire-all'],
  overlap: ['allow', 'skip', 'buffer-one'],
  dst: DST_POLICIES,
  owner: ['code', 'user'],
} as const;

/** Runs of one entry that are claimed and sent at once. */
const MOST_MISSED = 10_000;
const TEN_YEARS = 3_650 * 86_400;
const SECONDS = `a number of seconds from 0 to ${TEN_YEARS}, which is ten years`;

const isSeconds = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= TEN_YEARS;
const isCap = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_MISSED;
const isDate = (value: unknown): boolean =>
  value instanceof Date && !Number.isNaN(value.getTime()) && outOfCalendar(value) === undefined;

/** Checks what is given of a policy. */
export function policyProblems(policy: Partial<SchedulePolicy>): FieldProblems {
  const problems: FieldProblems = {};
  const check = (field: keyof SchedulePolicy, isRight: (value: unknown) => boolean, expected: string) => {
    const value: unknown = policy[field];
    if (value !== undefined && !isRight(value)) problems[field] = [`${JSON.stringify(value)} is not ${expected}.`];
  };
  for (const [field, choices] of Object.entries(CHOICES)) {
    const isChoice = (value: unknown) => (choices as readonly unknown[]).includes(value);
    check(field as keyof SchedulePolicy, isChoice, `one of ${choices.join(', ')}`);
  }
  check('misfireCap', isCap, `a whole number from 1 to ${MOST_MISSED}`);
  check('grace', (value) => value === null || isSeconds(value), `${SECONDS}, or null`);
  check('jitter', isSeconds, SECONDS);
  check('pauseUntil', (value) => value === null || isDate(value), 'a date of the years 1 to 9999, or null');
  return problems;
}
