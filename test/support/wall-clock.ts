const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** Zones with clock changes of 30 minutes, of 2 hours, at midnight, in Ramadan, of negative summer time, and with none. */
export const ZONES = `
  UTC Africa/Cairo Africa/Casablanca Africa/Lagos Africa/Tripoli Africa/Windhoek America/Asuncion America/Caracas America/Chicago
  America/Havana America/Los_Angeles America/New_York America/Nuuk America/Santiago America/Sao_Paulo America/St_Johns
  America/Phoenix Antarctica/Troll Asia/Amman Asia/Beirut Asia/Gaza Asia/Kathmandu Asia/Kolkata Asia/Pyongyang Asia/Seoul
  Asia/Shanghai Asia/Tehran Asia/Tokyo Australia/Lord_Howe Australia/Sydney Etc/GMT+12 Europe/Berlin Europe/Dublin
  Europe/Istanbul Europe/Lisbon Europe/London Europe/Moscow Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Kiritimati
  Pacific/Norfolk
`
  .trim()
  .split(/\s+/);

/** What the clocks of a zone show, as the milliseconds since 1970 of a UTC clock that shows the same. Asks Intl every time. */
export function wallClock(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000);
  };
}

const changes = new Map<string, number[]>();

/** Days of a year, as instants, within which the clocks of a zone are changed. */
export function daysOfChange(zone: string, year: number): number[] {
  const key = `${zone} ${year}`;
  const known = changes.get(key);
  if (known) return known;
  const wall = wallClock(zone);
  const within = (from: number, to: number, step: number) =>
    Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step).filter(
      (time) => wall(time + step) - wall(time) !== step,
    );
  const weeks = within(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1), 7 * DAY);
  const found = weeks.flatMap((week) => within(week, week + 7 * DAY, DAY));
  changes.set(key, found);
  return found;
}

/**
 * Celery's rule, minute by minute: watch the clock on the wall from `after` on. A reading counts when it is later than any seen
 * before; a reading that the clock leaves out counts as much later as it was left out, unless one that it shows comes first.
 */
export function nextByWatching(
  matches: (wall: number) => boolean,
  zone: string,
  after: number,
  limit: number,
): number | undefined {
  const wall = wallClock(zone);
  let seen = Math.floor(wall(after) / MINUTE) * MINUTE;
  let late = Infinity;
  for (let instant = (Math.floor(after / MINUTE) + 1) * MINUTE; instant <= limit; instant += MINUTE) {
    const reading = wall(instant);
    for (let leftOut = seen + MINUTE; leftOut < reading; leftOut += MINUTE) {
      if (late === Infinity && matches(leftOut)) late = instant + leftOut - seen - MINUTE;
    }
    if (instant === late || (reading > seen && matches(reading))) return instant;
    seen = Math.max(seen, reading);
  }
  return undefined;
}

/**
 * The rule of `dst: 'wall'`, minute by minute, watching since the day before `after`. A schedule of every hour counts each reading that
 * the clock shows; one of named hours counts a reading once, when the clock first reaches it or jumps over it.
 */
export function nextByWall(
  matches: (wall: number) => boolean,
  isHourly: boolean,
  zone: string,
  after: number,
  limit: number,
): number | undefined {
  const wall = wallClock(zone);
  const start = Math.floor(after / MINUTE) * MINUTE - DAY;
  let seen = wall(start);
  for (let instant = start + MINUTE; instant <= limit; instant += MINUTE) {
    const reading = wall(instant);
    const isDue = isHourly ? matches(reading) : minutesAfter(seen, reading).some(matches);
    if (isDue && instant > after) return instant;
    seen = Math.max(seen, reading);
  }
  return undefined;
}

function minutesAfter(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, (to - from) / MINUTE) }, (_, index) => from + (index + 1) * MINUTE);
}
