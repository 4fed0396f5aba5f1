import type { SchedulePolicy } from '../contracts/periodic-tasks.js';

/** What is wrong, by the field that it is wrong with; empty: nothing. */
export type FieldProblems = Record<string, string[]>;

const CHOICES = {
  misfire: ['fire-once', 'skip', 'fire-all'],
  overlap: ['allow', 'skip', 'buffer-one'],
  dst: ['celery', 'wall'],
  owner: ['code', 'user'],
} as const;

const isSeconds = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());

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
  check('misfireCap', (value) => Number.isInteger(value) && (value as number) >= 1, 'a whole number, 1 or more');
  check('grace', (value) => value === null || isSeconds(value), 'a number of seconds, 0 or more, or null');
  check('jitter', isSeconds, 'a number of seconds, 0 or more');
  check('pauseUntil', (value) => value === null || isDate(value), 'a date, or null');
  return problems;
}
