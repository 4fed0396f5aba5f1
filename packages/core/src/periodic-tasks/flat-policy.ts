import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import type { FieldProblems } from './check-policy.js';
import type { PeriodicTaskPatch } from './periodic-task-input.js';

export const POLICY_FIELDS = Object.keys(DEFAULT_POLICY) as (keyof SchedulePolicy)[];

const EVERY_DEFAULT = Object.fromEntries(POLICY_FIELDS.map((field) => [field, null]));

/** A policy that is given as one object, as `PeriodicTask` shows it, becomes the fields that may be given one by one. */
export function flatPolicy({ policy, ...patch }: PeriodicTaskPatch, problems: FieldProblems): PeriodicTaskPatch {
  if (policy === undefined) return patch;
  if (typeof policy !== 'object' || Array.isArray(policy)) {
    problems['policy'] = ['policy has to be an object, such as {"misfire": "skip"}.'];
    return patch;
  }
  const given = Object.entries(policy ?? EVERY_DEFAULT).filter(([, value]) => value !== undefined);
  const known = given.filter(([field]) => isPolicyField(field));
  for (const [field] of given) {
    const problem = isPolicyField(field) ? givenTwice(field, patch) : NO_FIELD;
    if (problem !== undefined) problems[field] = [problem];
  }
  return { ...patch, ...Object.fromEntries(known) };
}

const NO_FIELD = `There is no such field in policy. The fields are ${POLICY_FIELDS.join(', ')}.`;

function givenTwice(field: keyof SchedulePolicy, patch: PeriodicTaskPatch): string | undefined {
  return patch[field] === undefined ? undefined : `${field} is given by itself and in policy: give it once.`;
}

function isPolicyField(field: string): field is keyof SchedulePolicy {
  return (POLICY_FIELDS as readonly string[]).includes(field);
}
