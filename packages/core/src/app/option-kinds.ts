import { classTag } from '../protocol/class-tag.js';
import { isoParts } from '../protocol/iso-grammar.js';
import type { SettingKind } from './setting-kinds.js';

/** What values an option takes. Null and undefined are not given, and never asked about. */
export type OptionKind = Pick<SettingKind, 'expects' | 'accepts'>;

const isSeconds = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isTime = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());
const isIso = (value: unknown): boolean => typeof value === 'string' && isoParts(value) !== undefined;

/** Any text, the empty one too. */
export const anyText: OptionKind = { expects: 'a text', accepts: (value) => typeof value === 'string' };

/** AMQP's short string: what ids have to fit into. */
export const shortText: OptionKind = {
  expects: 'a text of 1 to 255 bytes',
  accepts: (value) => typeof value === 'string' && value !== '' && fits(value, 255),
};

export const anySeconds: OptionKind = { expects: 'a number of seconds', accepts: isSeconds };

/** A point in time. */
export const time: OptionKind = {
  expects: 'a valid Date, or a text in ISO 8601',
  accepts: (value) => isTime(value) || isIso(value),
};

export const expiry: OptionKind = {
  expects: 'a number of seconds from now, a valid Date, or a text in ISO 8601',
  accepts: (value) => isSeconds(value) || isTime(value) || isIso(value),
};

/** An expiry that is for every call: a negative number would expire each of them. */
export const everyExpiry: OptionKind = {
  expects: 'a number of seconds, 0 or more, or a valid Date',
  accepts: (value) => (isSeconds(value) && (value as number) >= 0) || isTime(value),
};

/** `{}`, and instances of classes, which are written like it. */
export const record: OptionKind = {
  expects: 'an object such as { name: value }',
  accepts: (value) => typeof value === 'object' && value !== null && classTag(value) === 'Object',
};

export const list: OptionKind = { expects: 'a list', accepts: (value) => Array.isArray(value) };

export const callable: OptionKind = { expects: 'a function', accepts: (value) => typeof value === 'function' };

export const anything: OptionKind = { expects: 'any value', accepts: () => true };

/** What stands on the right of `instanceof`. A class that is undefined comes of two files that import each other. */
export const errorClasses: OptionKind = {
  expects: 'a list of error classes (one that is undefined may come of a circular import)',
  accepts: (value) => Array.isArray(value) && value.every(isClass),
};

export const backoff: OptionKind = {
  expects: 'true, false, or a number of seconds, 0 or more',
  accepts: (value) => typeof value === 'boolean' || (isSeconds(value) && (value as number) >= 0),
};

export const standardSchema: OptionKind = {
  expects:
    "a schema of the Standard Schema specification, version 1: an object with '~standard' (zod, valibot, arktype, …)",
  accepts: (value) => isStandard((value as { '~standard'?: unknown })['~standard']),
};

export const signatures: OptionKind = {
  expects: 'a signature, or a list of them: { task, args, kwargs, options, … }',
  accepts: (value) => [value].flat().every(isSignature),
};

function fits(value: string, bytes: number): boolean {
  return value.length * 3 <= bytes || Buffer.byteLength(value) <= bytes;
}

function isClass(value: unknown): boolean {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null;
}

function isStandard(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { version, validate } = value as { version?: unknown; validate?: unknown };
  return version === 1 && typeof validate === 'function';
}

function isSignature(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { task?: unknown }).task === 'string';
}
