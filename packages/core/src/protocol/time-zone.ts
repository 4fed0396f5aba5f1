import { ImproperlyConfigured } from '../errors/config-errors.js';

const DAY = 86_400_000;

/** Making a formatter costs far more than using it. Zones come from configuration, so the map stays small. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Milliseconds that the wall clock of an IANA time zone is ahead of UTC at an instant. @throws ImproperlyConfigured for an unknown zone. */
export function zoneOffset(zone: string, instant: number): number {
  const fields = new Map(
    formatter(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  );
  const field = (name: Intl.DateTimeFormatPartTypes) => Number(fields.get(name));
  const year = fields.get('era') === 'BC' ? 1 - field('year') : field('year');
  const wall = new Date(0);
  wall.setUTCFullYear(year, field('month') - 1, field('day'));
  wall.setUTCHours(field('hour'), field('minute'), field('second'));
  return wall.getTime() - Math.floor(instant / 1000) * 1000;
}

/**
 * The instant at which the wall clock of a zone shows a time, given as if it were UTC. As Python's `fold=0`:
 * of two instants (clocks go back) the first, of none (clocks go forward) by the offset before the change.
 */
export function zonedInstant(zone: string, wall: number): number {
  const before = wall - zoneOffset(zone, wall - DAY);
  if (before + zoneOffset(zone, before) === wall) return before;
  const after = wall - zoneOffset(zone, wall + DAY);
  return after + zoneOffset(zone, after) === wall ? after : before;
}

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) formatters.set(zone, (found = newFormatter(zone)));
  return found;
}

function newFormatter(timeZone: string): Intl.DateTimeFormat {
  const number = 'numeric';
  const fields = {
    era: 'short',
    year: number,
    month: number,
    day: number,
    hour: number,
    minute: number,
    second: number,
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', { ...fields, hourCycle: 'h23', timeZone });
  } catch (cause) {
    throw new ImproperlyConfigured(`'${timeZone}' is no time zone: give an IANA name such as 'Europe/Berlin'.`, {
      cause,
    });
  }
}
