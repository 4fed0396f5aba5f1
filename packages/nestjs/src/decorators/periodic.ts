import type { ApplyAsyncOptions, ScheduleInput } from '@nestjs-celery/core';
import { PERIODIC } from './metadata-keys.js';
import { assertTaskMethod } from './shared-task.js';
import type { TaskDecorator } from './shared-task.js';

/** What `@Periodic` sends besides the task itself, and under which name. Celery's entry of `beat_schedule`. */
export interface PeriodicOptions {
  /** Name of the schedule entry. @default the task's name; `name#2` for the second `@Periodic` of a method, … */
  name?: string;
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  /** Options of each call: `{ queue: 'slow', expires: 60 }`. */
  options?: ApplyAsyncOptions;
}

/** What the decorator keeps. */
export interface StoredPeriodic extends PeriodicOptions {
  schedule: ScheduleInput;
}

/**
 * Lets beat send the task: `@Periodic(30)` every 30 seconds, `@Periodic(crontab({ hour: 4 }))`. May stand several times on one
 * method, and makes it a task by itself. Celery's `beat_schedule` and `add_periodic_task`.
 * @param schedule seconds, or a schedule
 */
export function Periodic(schedule: ScheduleInput, options: PeriodicOptions = {}): TaskDecorator {
  return (target, method, descriptor) => {
    assertTaskMethod('Periodic', target, method, descriptor);
    const below = (Reflect.getOwnMetadata(PERIODIC, target, method) ?? []) as StoredPeriodic[];
    // Decorators run from the bottom up: what is written first comes first.
    Reflect.defineMetadata(PERIODIC, [{ ...options, schedule }, ...below], target, method);
  };
}
