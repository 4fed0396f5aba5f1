import { InvalidSchedule } from '../errors/schedule-errors.js';
import { CRONTAB_RANGES, isList, parseCrontabField } from './crontab-grammar.js';
import type { CrontabField, CrontabFieldName } from './crontab-grammar.js';
import type { CrontabValues } from './crontab-pattern.js';
import { DST_POLICIES } from './dst-policies.js';
import type { DstPolicy } from './schedule.js';

const FIELDS = Object.keys(CRONTAB_RANGES) as CrontabFieldName[];
const KNOWN: readonly string[] = [...FIELDS, 'timezone', 'dst'];

/** Where a crontab's clocks are, and what it does when they are changed. */
export interface CrontabZone {
  /** IANA name. @default the application's `timezone` */
  timezone?: string;
  /** @default 'celery' */
  dst?: DstPolicy;
}

/** Celery's `crontab` arguments in camelCase. Each field takes a number, a list of numbers, or a text in Celery's grammar. */
export interface CrontabOptions extends CrontabZone {
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
}

/** The fields of a crontab as they were written. */
export type CrontabTexts = Readonly<Record<CrontabFieldName, string>>;

/**
 * The values that the fields name.
 * @throws InvalidSchedule naming the field.
 */
export function crontabValues(options: CrontabOptions): CrontabValues {
  refuseUnknown(options);
  return eachField((field) => parseCrontabField(field, options[field] === undefined ? '*' : options[field]));
}

export function crontabTexts(options: CrontabOptions): CrontabTexts {
  return eachField((field) => textOf(options[field]));
}

/**
 * The options of a crontab line: `0 4 * * mon-fri`.
 * @throws InvalidSchedule unless it has five fields.
 */
export function crontabLine(text: string): CrontabOptions {
  const parts = typeof text === 'string' ? text.trim().split(/\s+/) : [];
  if (parts.length !== FIELDS.length) {
    throw new InvalidSchedule(
      'crontab',
      `crontab: '${String(text)}' is refused: a crontab has five fields, minute hour dayOfMonth monthOfYear dayOfWeek.`,
    );
  }
  return Object.fromEntries(FIELDS.map((field, index) => [field, parts[index]]));
}

function eachField<T>(valueOf: (field: CrontabFieldName) => T): Record<CrontabFieldName, T> {
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
  if (unknown !== undefined) {
    throw new InvalidSchedule(
      unknown,
      `crontab: ${unknown}: there is no such field. The fields are ${KNOWN.join(', ')}.`,
    );
  }
  if (options.dst !== undefined && !DST_POLICIES.includes(options.dst)) {
    throw new InvalidSchedule('dst', `crontab: dst: '${String(options.dst)}' is neither 'celery' nor 'wall'.`);
  }
}

function textOf(field: CrontabField = '*'): string {
  return isList(field) ? [...field].join(',') : String(field);
}
