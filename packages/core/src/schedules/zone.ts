import { InvalidSchedule } from '../errors/schedule-errors.js';
import { zoneNameProblem } from './zone-name.js';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** What is looked up at once; the length of a year serves, any length would do. */
const CHUNK = 52 * WEEK;
/** The end of JavaScript's calendar. */
const LAST_INSTANT = 8.64e15;

/** A time during which a zone's clocks keep one distance from UTC. All in milliseconds; `to` is not included. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
}

/** Clocks are changed at an instant: until then they are one number of milliseconds ahead of UTC, from then on another. */
export interface Transition {
  readonly at: number;
  readonly oldOffset: number;
  readonly newOffset: number;
}

const zones = new Map<string, Zone>();

/**
 * The time zone of an IANA name (`Europe/Berlin`). One object each, since it remembers what it has asked Intl for.
 * @throws InvalidSchedule for a name that this Node does not know, or that Python would not know.
 */
export function zoneOf(name: string): Zone {
  const zone = zones.get(name) ?? new Zone(name);
  zones.set(name, zone);
  return zone;
}

/** Offsets and clock changes of a time zone, from Intl, in spans that are found once: Intl is 20 times slower than a look-up. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #chunks = new Map<number, readonly Span[]>();
  #latest: Span = { from: 0, to: 0, offset: 0 };

  constructor(readonly name: string) {
    this.#format = formatFor(name);
  }

  /** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
  offsetAt(instant: number): number {
    return this.spanAt(instant).offset;
  }

  /** The change of clocks within a day of a wall-clock time, where a reading may be missing or come twice. */
  transitionNear(wall: number): Transition | undefined {
    let span = this.spanAt(wall - DAY);
    while (span.to <= wall + DAY) {
      const next = this.spanAt(span.to);
      if (next.offset !== span.offset) return { at: span.to, oldOffset: span.offset, newOffset: next.offset };
      span = next;
    }
    return undefined;
  }

  /** When the clocks first show a reading, or, if it is left out, the first instant after the gap. */
  firstInstantOf(wall: number): number {
    const transition = this.transitionNear(wall);
    if (!transition) return wall - this.offsetAt(wall);
    const { at, oldOffset, newOffset } = transition;
    return wall - oldOffset < at ? wall - oldOffset : Math.max(at, wall - newOffset);
  }

  /** The latest reading that the clocks have shown by an instant: in an hour that comes twice, the second time, the end of the first. */
  latestReadingAt(instant: number): number {
    const wall = instant + this.offsetAt(instant);
    const transition = this.transitionNear(wall);
    return transition && instant >= transition.at ? Math.max(wall, transition.at + transition.oldOffset - 1) : wall;
  }

  /** The span that an instant lies in; spans end where the offset changes, and sometimes before. */
  spanAt(instant: number): Span {
    if (instant < this.#latest.from || instant >= this.#latest.to) {
      const chunk = Math.floor(instant / CHUNK);
      const spans = this.#chunks.get(chunk) ?? this.#load(chunk);
      this.#latest = spans.find((span) => instant < span.to) as Span;
    }
    return this.#latest;
  }

  /** Looks every week: no zone ever had its clocks changed and changed back within one. */
  #load(chunk: number): readonly Span[] {
    const end = (chunk + 1) * CHUNK;
    const spans: Span[] = [];
    let from = chunk * CHUNK;
    let offset = this.#askIntl(from);
    for (let week = from; week < end; week += WEEK) {
      const next = this.#askIntl(week + WEEK);
      if (next === offset) continue;
      const to = this.#changeBetween(week, week + WEEK, offset);
      spans.push({ from, to, offset });
      from = to;
      offset = next;
    }
    if (from < end) spans.push({ from, to: end, offset });
    this.#chunks.set(chunk, spans);
    return spans;
  }

  /** The second at which the offset stops being `offset`. */
  #changeBetween(from: number, to: number, offset: number): number {
    let last = from / 1000;
    let first = to / 1000;
    while (first - last > 1) {
      const middle = Math.floor((last + first) / 2);
      if (this.#askIntl(middle * 1000) === offset) last = middle;
      else first = middle;
    }
    return first * 1000;
  }

  /** Intl writes `1/31/2026, GMT+05:30`, and plain `GMT` for zero. */
  #askIntl(instant: number): number {
    const text = this.#format.format(Math.max(-LAST_INSTANT, Math.min(instant, LAST_INSTANT)));
    const match = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = match ?? [];
    const offset = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -offset : offset;
  }
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const problem = zoneNameProblem(timeZone);
  if (problem !== undefined) throw new InvalidSchedule('timezone', `timezone: '${String(timeZone)}' ${problem}.`);
  return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
}
