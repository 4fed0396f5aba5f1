import { EncodeError } from '../errors/protocol-errors.js';
import { InvalidTaskError } from '../errors/task-errors.js';
import { isoParts } from './iso-grammar.js';
import type { IsoParts } from './iso-grammar.js';
import { zonedInstant, zoneOffset } from './time-zone.js';

/** `'UTC'` (any case), an IANA name, or minutes east of UTC. */
export type Zone = string | number;

/**
 * A time as Python's `isoformat()` writes it: `2026-11-20T22:53:58.529000+00:00`, the offset always there (never `Z`),
 * the fraction six digits long and left out when it is zero.
 * @throws EncodeError for an invalid date and for years that Python does not have (it has 1 to 9999).
 * @throws ImproperlyConfigured for an unknown zone.
 */
export function formatIso(date: Date, zone: Zone = 'UTC'): string {
  const instant = date.getTime();
  const offset = Number.isNaN(instant) ? 0 : offsetIn(zone, instant);
  const wall = new Date(instant + offset);
  const year = wall.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) {
    throw new EncodeError(`${String(date)} cannot be written as a date: Python knows the years 1 to 9999 only.`);
  }
  const text = wall.toISOString();
  const fraction = text.slice(19, 23);
  return `${text.slice(0, 19)}${fraction === '.000' ? '' : `${fraction}000`}${formatOffset(offset / 1000)}`;
}

/**
 * Reads what Celery reads as an `eta` or `expires` (dateutil's `isoparse`). A text without an offset is taken as UTC, or as the wall time of
 * `naive`. What is finer than a millisecond is cut.
 * @throws InvalidTaskError when it is no ISO 8601 date.
 */
export function parseIso(text: string, { naive = 'UTC' }: { naive?: string } = {}): Date {
  const parts = isoParts(text);
  if (!parts) {
    const shown = JSON.stringify(text.slice(0, 64));
    throw new InvalidTaskError(`${shown} is no date: send ISO 8601 such as '2026-11-20T22:53:58+00:00'.`);
  }
  return new Date(instantOf(parts, naive));
}

/** Milliseconds since the epoch; what has no offset is wall time of the zone `naive`. */
export function instantOf(parts: IsoParts, naive = 'UTC'): number {
  const wall = new Date(0);
  wall.setUTCFullYear(parts.year, parts.month - 1, parts.day);
  wall.setUTCHours(parts.hour, parts.minute, parts.second, Math.trunc(parts.microsecond / 1000));
  if (parts.offset !== null) return wall.getTime() - parts.offset * 1000;
  return isUtc(naive) ? wall.getTime() : zonedInstant(naive, wall.getTime());
}

function offsetIn(zone: Zone, instant: number): number {
  if (typeof zone === 'number') return zone * 60_000;
  return isUtc(zone) ? 0 : zoneOffset(zone, instant);
}

const isUtc = (zone: string): boolean => zone.toUpperCase() === 'UTC';

function formatOffset(seconds: number): string {
  const total = Math.abs(seconds);
  const fields = [Math.trunc(total / 3600), Math.trunc(total / 60) % 60, ...(total % 60 ? [total % 60] : [])];
  return (seconds < 0 ? '-' : '+') + fields.map((field) => String(field).padStart(2, '0')).join(':');
}
