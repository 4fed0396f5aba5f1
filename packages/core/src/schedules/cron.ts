import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BaseSchedule } from './base-schedule.js';
import { CronPattern } from './cron-pattern.js';
import { nextByWall } from './dst-policies.js';
import type { Schedule, ScheduleDefaults } from './schedule.js';
import { zoneOf } from './zone.js';
import type { Zone } from './zone.js';

/** Options of `cron`. */
export interface CronOptions {
  /** IANA name. @default the application's `timezone` */
  timezone?: string;
  /** The same, for short. */
  tz?: string;
}

/**
 * Standard cron text, by cron-parser: a day matches by its date or by its weekday when both are restricted, 7 is Sunday too.
 * When clocks are changed nothing is skipped and nothing doubled: `dst: 'wall'` of a crontab.
 */
export class Cron extends BaseSchedule {
  readonly text: string;
  /** Undefined as long as it has none of its own and is not resolved: it is in UTC then. */
  readonly timezone: string | undefined;
  readonly #pattern: CronPattern;
  readonly #zone: Zone;

  /** @throws InvalidSchedule when there is no such zone. */
  constructor(pattern: CronPattern, timezone: string | undefined) {
    super();
    this.text = pattern.text;
    this.timezone = timezone;
    this.#pattern = pattern;
    this.#zone = zoneOf(timezone ?? 'UTC');
  }

  override resolve({ timezone }: Pick<ScheduleDefaults, 'timezone'>): Cron {
    return this.timezone === undefined ? new Cron(this.#pattern, timezone) : this;
  }

  next(after: Date): Date | undefined {
    const next = new Date(nextByWall(this.#pattern, this.#zone, after.getTime()) ?? NaN);
    return Number.isNaN(next.getTime()) ? undefined : next;
  }

  describe(): string {
    return `cron ${this.text} (${this.#zone.name})`;
  }

  override equals(other: Schedule): boolean {
    return other instanceof Cron && this.text === other.text && this.timezone === other.timezone;
  }
}

/**
 * A schedule by standard cron text: `cron('0 9 * * MON-FRI', { tz: 'Asia/Seoul' })`. Five fields, or six with seconds in front; `L`
 * (last), `5#3` (third Friday), names, `@daily`. For Celery's grammar, and for speed, there is `crontab`.
 * @throws InvalidSchedule naming the field, also for a date that never comes.
 */
export function cron(text: string, options: CronOptions = {}): Cron {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidSchedule('options', `cron: options: give { tz: 'Asia/Seoul' }, not ${String(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'timezone' && name !== 'tz');
  if (unknown !== undefined) {
    throw new InvalidSchedule(unknown, `cron: ${unknown}: there is no such option. The options are timezone and tz.`);
  }
  return new Cron(new CronPattern(text), options.timezone ?? options.tz);
}
