import { BaseSchedule } from './base-schedule.js';
import { celeryLateness } from './celery-lateness.js';
import { isList } from './crontab-grammar.js';
import type { CrontabField } from './crontab-grammar.js';
import { crontabLine, crontabTexts, crontabValues } from './crontab-options.js';
import type { CrontabOptions, CrontabTexts, CrontabZone } from './crontab-options.js';
import { CrontabPattern } from './crontab-pattern.js';
import { nextAsCelery, nextByWall } from './dst-policies.js';
import type { DstPolicy, DueState, IsDueOptions, Schedule, ScheduleDefaults } from './schedule.js';
import { zoneOf } from './zone.js';
import type { Zone } from './zone.js';

/**
 * At the minutes whose reading on the zone's clocks matches every field. Unlike Vixie cron's, a day must match `dayOfMonth` and
 * `dayOfWeek`. What happens when clocks are changed says `dst`.
 */
export class Crontab extends BaseSchedule {
  /** As written; a list with commas. */
  readonly fields: CrontabTexts;
  /** Undefined as long as it has none of its own and is not resolved: it is in UTC then. */
  readonly timezone: string | undefined;
  /** 'celery' as long as nothing else is said. */
  readonly dst: DstPolicy;
  readonly #pattern: CrontabPattern;
  readonly #ownDst: DstPolicy | undefined;
  readonly #zone: Zone;

  /** @throws InvalidSchedule when there is no such zone. */
  constructor(pattern: CrontabPattern, fields: CrontabTexts, { timezone, dst }: CrontabZone) {
    super();
    this.#pattern = pattern;
    this.fields = fields;
    this.timezone = timezone;
    this.#ownDst = dst;
    this.dst = dst ?? 'celery';
    this.#zone = zoneOf(timezone ?? 'UTC');
  }

  override resolve(defaults: ScheduleDefaults): Crontab {
    const timezone = this.timezone ?? defaults.timezone;
    const dst = this.#ownDst ?? defaults.dst;
    if (timezone === this.timezone && dst === this.#ownDst) return this;
    return new Crontab(this.#pattern, this.fields, { timezone, ...(dst && { dst }) });
  }

  next(after: Date): Date | undefined {
    const next = new Date(this.#nextInstant(after.getTime()) ?? NaN);
    return Number.isNaN(next.getTime()) ? undefined : next;
  }

  /** A deadline is Celery's `beat_cron_starting_deadline`, by its own way to find the latest due time. */
  override isDue(lastRunAt: Date, now: Date, { deadline = Infinity }: IsDueOptions = {}): DueState {
    const state = super.isDue(lastRunAt, now);
    if (!state.isDue || deadline === Infinity) return state;
    const lateness = celeryLateness(
      (after) => this.#nextInstant(after),
      this.#zone,
      lastRunAt.getTime(),
      now.getTime(),
    );
    return { isDue: lateness <= deadline * 1000, next: state.next };
  }

  /** As Celery writes it: `crontab 0 4 * * mon-fri (m/h/dM/MY/d, Asia/Seoul)`. */
  describe(): string {
    const { minute, hour, dayOfMonth, monthOfYear, dayOfWeek } = this.fields;
    const text = [minute, hour, dayOfMonth, monthOfYear, dayOfWeek].join(' ');
    return `crontab ${text} (m/h/dM/MY/d, ${this.#zone.name}${this.dst === 'wall' ? ', dst wall' : ''})`;
  }

  /** By what the fields stand for: `0-59` is `*`. Celery's `__eq__`, with the time zone. */
  override equals(other: Schedule): boolean {
    if (!(other instanceof Crontab)) return false;
    return this.timezone === other.timezone && this.dst === other.dst && this.#pattern.equals(other.#pattern);
  }

  #nextInstant(after: number): number | undefined {
    const nextBy = this.dst === 'wall' ? nextByWall : nextAsCelery;
    return nextBy(this.#pattern, this.#zone, after);
  }
}

function make(options: CrontabOptions): Crontab {
  return new Crontab(new CrontabPattern(crontabValues(options)), crontabTexts(options), options);
}

/**
 * A schedule by the fields of a crontab, in Celery's grammar: `crontab({ minute: 0, hour: '*\/3,10-19' })`.
 * @throws InvalidSchedule (an ImproperlyConfigured) naming the field, also for a date that never comes.
 */
export function crontab(options?: CrontabOptions): Crontab;
/** The arguments of Celery's `crontab` in their order, which is not that of a crontab line: `crontab('0', '4', 'mon-fri')`. */
export function crontab(
  minute: CrontabField,
  hour?: CrontabField,
  dayOfWeek?: CrontabField,
  dayOfMonth?: CrontabField,
  monthOfYear?: CrontabField,
  options?: CrontabZone,
): Crontab;
export function crontab(
  first: CrontabField | CrontabOptions = '*',
  hour: CrontabField = '*',
  dayOfWeek: CrontabField = '*',
  dayOfMonth: CrontabField = '*',
  monthOfYear: CrontabField = '*',
  options: CrontabZone = {},
): Crontab {
  if (isOptions(first)) return make(first);
  return make({ minute: first, hour, dayOfWeek, dayOfMonth, monthOfYear, ...options });
}

/**
 * A line in the usual order, in Celery's grammar: `crontab.fromString('0 4 * * mon-fri')`. Celery's `crontab.from_string`.
 * @throws InvalidSchedule as `crontab`, and unless there are five fields.
 */
crontab.fromString = (line: string, options: CrontabZone = {}): Crontab => make({ ...options, ...crontabLine(line) });

function isOptions(first: CrontabField | CrontabOptions): first is CrontabOptions {
  return typeof first === 'object' && first !== null && !isList(first);
}
