import { ImproperlyConfigured } from '../errors/config-errors.js';
import { MAX_INTEGER } from './schedule-rows.js';

/** What a question may say besides which task it means. */
export interface Question {
  readonly search?: unknown;
  readonly enabled?: unknown;
  readonly limit?: unknown;
  readonly offset?: unknown;
  readonly count?: unknown;
  readonly from?: unknown;
}

type Check = readonly [isRight: (value: unknown) => boolean, expected: string];

const WHOLE: Check = [isWhole, `a whole number from 0 to ${MAX_INTEGER}`];

const CHECKS: Readonly<Record<keyof Question, Check>> = {
  search: [(value) => typeof value === 'string' && !value.includes('\0'), 'a text without null characters'],
  enabled: [(value) => typeof value === 'boolean', 'true or false'],
  limit: WHOLE,
  offset: WHOLE,
  count: WHOLE,
  from: [(value) => value instanceof Date && !Number.isNaN(value.getTime()), 'a date'],
};

/** @param method who is asked, for the message @throws ImproperlyConfigured naming the first field that a database could not take */
export function checkQuestion(method: string, question: Question): void {
  for (const [field, [isRight, expected]] of Object.entries(CHECKS)) {
    const value = question[field as keyof Question];
    if (value === undefined || isRight(value)) continue;
    throw new ImproperlyConfigured(`PeriodicTasks.${method}(): ${field} is ${shown(value)}: give ${expected}.`);
  }
}

/** Whether a task can have that id, or that name. */
export function canExist(idOrName: number | string): boolean {
  return typeof idOrName === 'number' ? isWhole(idOrName) : !idOrName.includes('\0');
}

function isWhole(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_INTEGER;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
