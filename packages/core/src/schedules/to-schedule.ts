import { InvalidSchedule } from '../errors/schedule-errors.js';
import { Interval } from './interval.js';
import type { Schedule, ScheduleInput } from './schedule.js';

const METHODS = ['resolve', 'next', 'isDue', 'describe', 'equals'] as const;

/**
 * A number is an interval in seconds; a schedule stays what it is. Celery's `maybe_schedule`.
 * @throws InvalidSchedule for anything else.
 */
export function toSchedule(input: ScheduleInput): Schedule {
  if (typeof input === 'number') return new Interval(input);
  if (isSchedule(input)) return input;
  throw new InvalidSchedule(
    'schedule',
    `schedule: ${String(input)} is no schedule: give seconds, crontab({ … }), or an object of a class that extends BaseSchedule.`,
  );
}

function isSchedule(input: unknown): input is Schedule {
  const schedule = input as Partial<Schedule> | null | undefined;
  return METHODS.every((method) => typeof schedule?.[method] === 'function');
}
