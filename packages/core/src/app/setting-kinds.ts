import { zoneNameProblem } from '../schedules/zone-name.js';
import { ratePerSecond } from './rate-limit.js';

/** What values a setting takes, and how it is read from the text of an environment variable. */
export interface SettingKind {
  /** Completes the sentence "… expects". */
  readonly expects: string;
  accepts(value: unknown): boolean;
  /** From an environment variable; what it returns is still checked by `accepts`. */
  parse(text: string): unknown;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const text: SettingKind = { expects: 'a text that is not empty', accepts: isText, parse: (value) => value };

export const flag: SettingKind = {
  expects: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  parse: (value) =>
    ({ true: true, 1: true, yes: true, on: true, false: false, 0: false, no: false, off: false })[value.toLowerCase()],
};

export const seconds: SettingKind = {
  expects: 'a number of seconds, 0 or more',
  accepts: (value) => isNumber(value) && value >= 0,
  parse: Number,
};

/** Celery's rate limits: `10/s`, `10/m`, `10/h`, or a number per second. */
export const rateLimit: SettingKind = {
  expects: "a rate such as '10/s', '10/m' or '10/h', or a number per second",
  accepts: (value) => value !== null && value !== '' && ratePerSecond(value) !== undefined,
  parse: (value) => value,
};

/** A whole number in a range. */
export function whole(min: number, max = Number.MAX_SAFE_INTEGER): SettingKind {
  return {
    expects:
      max === Number.MAX_SAFE_INTEGER ? `a whole number, ${min} or more` : `a whole number from ${min} to ${max}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    parse: Number,
  };
}

export function oneOf(...values: readonly (string | number)[]): SettingKind {
  return {
    expects: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    accepts: (value) => values.includes(value as string | number),
    parse: (value) => values.find((known) => String(known) === value),
  };
}

/** The kind, or null; the environment says `null` or `none`. */
export function orNull(kind: SettingKind): SettingKind {
  return {
    expects: `${kind.expects}, or null`,
    accepts: (value) => value === null || kind.accepts(value),
    parse: (value) => (['null', 'none'].includes(value.toLowerCase()) ? null : kind.parse(value)),
  };
}

/** A list of texts; the environment separates them by commas. */
export const names: SettingKind = {
  expects: 'a list of texts',
  accepts: (value) => Array.isArray(value) && value.every(isText),
  parse: (value) => value.split(',').map((name) => name.trim()),
};

/** A URL, several of them for failover, or an adapter. */
export const adapter: SettingKind = {
  expects: 'a URL, a list of URLs or an adapter such as amqp(url)',
  accepts: (value) =>
    isText(value) || typeof value === 'function' || (Array.isArray(value) && value.length > 0 && value.every(isText)),
  parse: (value) => value,
};

/** A structure that is checked in full where it is compiled; the environment gives JSON. */
export function structure(expects: string, accepts: (value: object) => boolean = () => true): SettingKind {
  return {
    expects,
    accepts: (value) => typeof value === 'function' || (typeof value === 'object' && value !== null && accepts(value)),
    parse: parseJson,
  };
}

export const timeZone: SettingKind = {
  expects: "an IANA time zone such as 'Europe/Berlin', in its spelling",
  accepts: (value) => zoneNameProblem(value) === undefined,
  parse: (value) => value,
};
