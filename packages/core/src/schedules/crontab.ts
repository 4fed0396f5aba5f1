import { InvalidSchedule } from '../errors/schedule-errors.js';
import { CRONTAB_RANGES, isList, parseCrontabField } from './crontab-grammar.js';
import type { CrontabField, CrontabFieldName } from './crontab-grammar.js';
import { CrontabPattern } from './crontab-pattern.js';
import type { CrontabValues } from './crontab-pattern.js';
import type { Schedule } from './schedule.js';
import { zoneOf } from './zone.js';
import type { Transition, Zone } from './zone.js';

const FIELDS = Object.keys(CRONTAB_RANGES) as CrontabFieldName[];
const KNOWN: readonly string[] = [...FIELDS, 'timezone'];

/** Celery's `crontab` arguments in camelCase. Each field takes a number, a list of numbers, or a text in Celery's grammar. */
export interface CrontabOptions {
  /** 0 to 59. @default '*' */
  minute?: CrontabField;
  /** 0 to 23. @default '*' */
  hour?: CrontabField;
  /** 0 (Sunday) to 6, or names. There is no 7. @default '*' */
  dayOfWeek?: CrontabField;
  /** 1 to 31. @default '*' */
  dayOfMonth?: CrontabField;
  /** 1 to 12, or names. @default '*' */
  monthOfYear?: CrontabField;
  /** IANA name. @default the application's `timezone` */
  timezone?: string;
}

/**
 * At the minutes whose reading on the zone's clocks matches every field. Unlike Vixie cron's, a day must match `dayOfMonth` and
 * `dayOfWeek`. When clocks change, Celery's way: what falls into the hour that is left out runs that much later; the hour that
 * comes twice counts once, the first time (one that starts within the second pass goes on in it).
 */
export class Crontab implements Schedule {
  readonly #pattern: CrontabPattern;
  readonly #text: string;
  readonly #timezone: string | undefined;
  readonly #zone: Zone;

  /** @throws InvalidSchedule when there is no such zone. */
  constructor(pattern: CrontabPattern, text: string, timezone: string | undefined) {
    this.#pattern = pattern;
    this.#text = text;
    this.#timezone = timezone;
    this.#zone = zoneOf(timezone ?? 'UTC');
  }

  resolve(defaults: { timezone: string }): Crontab {
    return this.#timezone === undefined ? new Crontab(this.#pattern, this.#text, defaults.timezone) : this;
  }

  next(after: Date): Date | undefined {
    const next = new Date(this.#nextInstant(after.getTime()) ?? NaN);
    return Number.isNaN(next.getTime()) ? undefined : next;
  }

  /** As Celery writes it: `crontab 0 4 * * mon-fri (m/h/dM/MY/d, Asia/Seoul)`. */
  describe(): string {
    return `crontab ${this.#text} (m/h/dM/MY/d, ${this.#zone.name})`;
  }

  #nextInstant(after: number): number | undefined {
    const wall = this.#pattern.next(after + this.#zone.offsetAt(after));
    if (wall === undefined) return undefined;
    const transition = this.#zone.transitionNear(wall);
    return transition ? this.#throughTransition(transition, wall, after) : wall - this.#zone.offsetAt(wall);
  }

  #throughTransition({ at, oldOffset, newOffset }: Transition, wall: number, after: number): number {
    const byOldClock = wall - oldOffset;
    const byNewClock = wall - newOffset;
    // The reading comes before the change, perhaps once more after it: the first time, unless that has passed.
    if (byOldClock < at) return byOldClock > after ? byOldClock : byNewClock;
    if (byNewClock >= at) return byNewClock;
    // The reading is left out. It runs late by what was left out, but never past a reading that really comes.
    const firstReal = this.#pattern.next(at + newOffset - 1) ?? Infinity;
    return Math.min(byOldClock, firstReal - newOffset);
  }
}

/**
 * A schedule by the fields of a crontab, in Celery's grammar: `crontab({ minute: 0, hour: '*\/3,10-19' })`.
 * @throws InvalidSchedule (an ImproperlyConfigured) naming the field, also for a date that never comes.
 */
export function crontab(options: CrontabOptions = {}): Crontab {
  refuseUnknown(options);
  const text = FIELDS.map((field) => textOf(options[field])).join(' ');
  return new Crontab(new CrontabPattern(valuesOf(options)), text, options.timezone);
}

function valuesOf(options: CrontabOptions): CrontabValues {
  const valueOf = (field: CrontabFieldName) =>
    parseCrontabField(field, options[field] === undefined ? '*' : options[field]);
  return {
    minute: valueOf('minute'),
    hour: valueOf('hour'),
    dayOfMonth: valueOf('dayOfMonth'),
    monthOfYear: valueOf('monthOfYear'),
    dayOfWeek: valueOf('dayOfWeek'),
  };
}

/** `minutes: 5` would otherwise mean every minute. */
function refuseUnknown(options: CrontabOptions): void {
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown === undefined) return;
  throw new InvalidSchedule(
    unknown,
    `crontab: ${unknown}: there is no such field. The fields are ${KNOWN.join(', ')}.`,
  );
}

function textOf(field: CrontabField = '*'): string {
  return isList(field) ? [...field].join(',') : String(field);
}
