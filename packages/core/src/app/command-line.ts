import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { ImproperlyConfigured } from '../errors/config-errors.js';

/** A table of flags, as `node:util` takes it. */
export type Flags = NonNullable<ParseArgsConfig['options']>;

/** What was given of each flag. */
export type FlagValues<T extends Flags> = {
  -readonly [K in keyof T]: (T[K]['type'] extends 'boolean' ? boolean : string) | undefined;
};

/** Celery's levels by what `-l` takes, in any case. */
export const LOG_LEVEL_NAMES = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  warning: 'WARNING',
  error: 'ERROR',
  critical: 'CRITICAL',
  fatal: 'CRITICAL',
} as const;

/**
 * Splits a command line by a table of flags, in the forms that Celery's takes: `-Qa`, `-Q a`, `--queues=a`, `--queues a`, `-BE`.
 * @throws ImproperlyConfigured for a flag that is not in the table, one without its value, or a word that belongs to no flag.
 */
export function parseFlags<T extends Flags>(argv: readonly string[], flags: T): FlagValues<T> {
  try {
    const { values } = parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false });
    return values as unknown as FlagValues<T>;
  } catch (error) {
    // Node's first sentence names the flag; what follows are hints about its parser.
    const what = (error as Error).message.split('. ')[0]?.replace(/\.$/, '');
    throw new ImproperlyConfigured(`${what}. The flags are ${usage(flags)}.`, { cause: error });
  }
}

function usage(flags: Flags): string {
  return Object.entries(flags)
    .map(([name, { short }]) => (short === undefined ? `--${name}` : `-${short}/--${name}`))
    .join(' ');
}

/** A whole number of at least `least`; undefined when the flag was not given. @throws ImproperlyConfigured */
export function wholeNumber(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new ImproperlyConfigured(`${flag} '${text}': give a whole number, ${least} or more.`);
}

/** The value that a table has for the word, in any case; undefined when the flag was not given. @throws ImproperlyConfigured */
export function oneOf<T>(flag: string, text: string | undefined, known: Readonly<Record<string, T>>): T | undefined {
  if (text === undefined) return undefined;
  const name = text.toLowerCase();
  if (Object.hasOwn(known, name)) return known[name];
  throw new ImproperlyConfigured(`${flag} '${text}': one of ${Object.keys(known).join(', ')}.`);
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out what was not given, so that it does not hide what an application has set. */
export function onlyGiven<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
