import type { BeatScheduleEntry, ScheduleInput } from '@nestjs-celery/core';
import { PERIODIC } from './metadata-keys.js';
import { assertTaskMethod } from './shared-task.js';
import type { TaskDecorator } from './shared-task.js';

/**
 * What `@Periodic` takes besides the schedule: the rest of an entry of `beatSchedule`, such as `args`, `kwargs`, `options` of each call
 * (`{ queue: 'slow', expires: 60 }`), `oneOff`, and policies (`misfire`, `overlap`, `jitter`, …).
 */
export interface PeriodicOptions extends Omit<BeatScheduleEntry, 'task' | 'schedule'> {
  /** Name of the schedule entry. @default the task's name; `name#2` for the second `@Periodic` of a method, … */
  name?: string;
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
