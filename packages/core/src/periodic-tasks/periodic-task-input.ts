import type { SchedulePolicy, ScheduleRow } from '../contracts/periodic-tasks.js';
import type { ScheduleInput } from '../schedules/schedule.js';

/**
 * What `PeriodicTasks.create` takes: the columns of django-celery-beat, arguments as values, and the fields of `SchedulePolicy`.
 * Null takes the default. An unknown field is refused by name, and so are those of `PeriodicTask` that nobody writes (`id`, `nextRunAt`, …).
 */
export interface PeriodicTaskInput extends Partial<SchedulePolicy> {
  /** Unique, at most 200 characters. */
  name: string;
  /** The name of the task; it may live in Python. */
  task: string;
  /** Seconds, a schedule (`crontab({ … })`), or a row of one of Django's tables. Tasks with the same share the row. */
  schedule: ScheduleInput | ScheduleRow;
  /** @default [] */
  args?: readonly unknown[];
  /** @default {} */
  kwargs?: Readonly<Record<string, unknown>>;
  /** Headers of the message. @default {} */
  headers?: Readonly<Record<string, unknown>>;
  /** @default null: by the routes */
  queue?: string | null;
  exchange?: string | null;
  routingKey?: string | null;
  /** 0 to 255. @default null */
  priority?: number | null;
  /** Not sent from then on; the messages before expire then, too. Not together with `expireSeconds`. @default null */
  expires?: Date | null;
  /** Seconds after which a message that no worker has taken is not worked on. @default null */
  expireSeconds?: number | null;
  /** Sent once, then disabled; `clocked` schedules have to be. @default false */
  oneOff?: boolean;
  /** Not sent before. @default null */
  startTime?: Date | null;
  /** @default true */
  enabled?: boolean;
  /** For people. @default '' */
  description?: string;
  /** Fields of the policy in one object, as `PeriodicTask` shows them, instead of beside the columns; null: each takes its default. */
  policy?: Partial<SchedulePolicy> | null;
}

/** What `PeriodicTasks.update` takes; what is left out stays. */
export type PeriodicTaskPatch = Partial<PeriodicTaskInput>;
