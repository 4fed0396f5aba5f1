import { InvalidSchedule } from '../errors/schedule-errors.js';
import { Interval } from './interval.js';
import type { Schedule, ScheduleInput } from './schedule.js';

/**
 * A number is an interval in seconds; a schedule stays what it is. Celery's `maybe_schedule`.
 * @throws InvalidSchedule for anything else.
 */
export function toSchedule(input: ScheduleInput): Schedule {
  if (typeof input === 'number') return new Interval(input);
  if (isSchedule(input)) return input;
  throw new InvalidSchedule(
    'schedule',
    `schedule: ${String(input)} is no schedule: give seconds, crontab({ … }) or an object with resolve(), next() and describe().`,
  );
}

function isSchedule(input: unknown): input is Schedule {
  const schedule = input as Partial<Schedule> | null | undefined;
  return [schedule?.resolve, schedule?.next, schedule?.describe].every((method) => typeof method === 'function');
}
