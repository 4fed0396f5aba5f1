import { Invalid } from './schema.js';
import type { Reader } from './schema.js';

/** A text of 1 to `max` characters. PostgreSQL has no NUL in a text, so neither have we. */
export function text(max: number): Reader<string> {
  return (value) => {
    if (typeof value !== 'string') throw new Invalid('must be a text');
    if (value.trim() === '') throw new Invalid('must not be empty');
    if (value.length > max) throw new Invalid(`must have at most ${max} characters, and has ${value.length}`);
    if (value.includes('\0')) throw new Invalid('must not contain a NUL character');
    return value.trim();
  };
}

/** A day that exists, as `2026-11-21`. */
export const day: Reader<string> = (value) => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !value.startsWith('0000') && exists(value)) {
    return value;
  }
  throw new Invalid('must be a day such as 2026-11-21');
};

/** An address that mail can be sent to; whether somebody lives there is for the mail server to say. */
export const email: Reader<string> = (value) => {
  if (typeof value === 'string' && value.length <= 254 && /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(value)) return value;
  throw new Invalid('must be a mail address such as you@example.org');
};

/** The id of a row that has a UUID. */
export const uuid: Reader<string> = (value) => {
  if (typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) return value;
  throw new Invalid('must be a UUID');
};

/** A number from 1 to the largest that a column of type `int` holds, in digits. */
export const rowId: Reader<number> = (value) => {
  const id = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (id >= 1 && id <= 2_147_483_647) return id;
  throw new Invalid('must be the number of a row, such as 1');
};

/** February 30 would become March 2. */
function exists(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
