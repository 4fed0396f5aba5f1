import { EncodeError } from '../errors/protocol-errors.js';
import { formatIso, instantOf } from './iso-date.js';
import { isoParts, isoTime } from './iso-grammar.js';

/** Types of Python that JSON carries in an envelope and JavaScript has no word for. */
export type PythonKind = 'datetime' | 'date' | 'time' | 'decimal' | 'uuid';

/** Shared by all copies of the package, as the brand of errors is. */
const KIND = Symbol.for('nestjs-celery.python-value');

/** Holds a value of Python as its text. Text compares, sorts, prints and becomes JSON as itself. */
abstract class PythonText {
  abstract readonly [KIND]: PythonKind;

  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Python's `datetime.date`: a day without time and zone, `2026-11-20`. @throws EncodeError when the text is no date. */
export class PlainDate extends PythonText {
  readonly [KIND] = 'date';

  constructor(text: string) {
    super(checked(text, /^\d{4}-\d\d-\d\d$/.test(text) && isoParts(text) !== undefined, "a date such as '2026-11-20'"));
  }
}

/** Python's `datetime.time`: a time of day, `23:09:52.275379`, with an offset if it has one. @throws EncodeError when the text is no time. */
export class PlainTime extends PythonText {
  readonly [KIND] = 'time';

  constructor(text: string) {
    super(checked(text, (isoTime(text)?.hour ?? 24) < 24, "a time of day such as '23:09:52'"));
  }
}

const DECIMAL = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|s?nan\d*)$/i;

/** Python's `decimal.Decimal`: an exact number as its digits, `1.10`. @throws EncodeError when the text is no number. */
export class Decimal extends PythonText {
  readonly [KIND] = 'decimal';

  constructor(text: string) {
    super(checked(text, DECIMAL.test(text), "a decimal number such as '1.10'"));
  }
}

/** Python's `uuid.UUID`; its text is in lower case with dashes. @throws EncodeError when the text is not 32 hexadecimal digits. */
export class Uuid extends PythonText {
  readonly [KIND] = 'uuid';

  constructor(text: string) {
    const hex = text.replaceAll('-', '').toLowerCase();
    checked(text, /^[0-9a-f]{32}$/.test(hex), 'a UUID of 32 hexadecimal digits');
    super(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
  }
}

/**
 * A `Date` that remembers how Python wrote it: microseconds, another offset than UTC, or none (naive, which counts as UTC).
 * Sent on unchanged it is the same `datetime` again.
 */
export class PythonDateTime extends Date {
  readonly [KIND] = 'datetime';
  readonly #instant: number;

  /** @throws EncodeError when the text is no ISO 8601 date. */
  constructor(readonly isoText: string) {
    const parts = isoParts(isoText);
    checked(isoText, parts !== undefined, "a date and time such as '2026-11-20T23:09:52+00:00'");
    const instant = parts ? instantOf(parts) : Number.NaN;
    super(instant);
    this.#instant = instant;
  }

  /** The text as Python wrote it, or one made anew if the date was set to another time since. */
  toPython(): string {
    return this.getTime() === this.#instant ? this.isoText : formatIso(this);
  }
}

/** A plain `Date` where that says all that the text says, else a `PythonDateTime`. @throws EncodeError */
export function dateTimeOf(isoText: string): Date {
  const date = new PythonDateTime(isoText);
  return formatIso(date) === isoText ? new Date(date) : date;
}

/** The text of a date for Python. @throws EncodeError for an invalid date. */
export function pythonDateTime(date: Date): string {
  return pythonKind(date) === 'datetime' ? (date as PythonDateTime).toPython() : formatIso(date);
}

/** Which of Python's types a value stands for. */
export function pythonKind(value: object): PythonKind | undefined {
  return (value as { [KIND]?: PythonKind })[KIND];
}

function checked(text: string, valid: boolean, wanted: string): string {
  if (!valid) throw new EncodeError(`${JSON.stringify(text.slice(0, 64))} is not ${wanted}.`);
  return text;
}
