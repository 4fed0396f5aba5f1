import { InvalidSchedule } from '../errors/schedule-errors.js';
import { BaseSchedule } from './base-schedule.js';
import { firstRise } from './first-rise.js';
import type { Schedule } from './schedule.js';
import { CROSSINGS, SOLAR_EVENTS } from './solar-events.js';
import type { SolarEvent } from './solar-events.js';
import { Sun } from './sun.js';

/** A year and a month: what has not come by then never does. */
const SEARCHED = 400 * 86_400;

/**
 * At an event of the sun, to about ten seconds. On a day without it (beyond the polar circles) nothing is due: the next is the one that
 * really happens. Celery's `solar`, which fails there.
 */
export class Solar extends BaseSchedule {
  readonly #sun: Sun;

  /** @throws InvalidSchedule naming the field. */
  constructor(
    readonly event: SolarEvent,
    readonly latitude: number,
    readonly longitude: number,
  ) {
    super();
    if (!SOLAR_EVENTS.includes(event)) refuse('event', event, `one of ${SOLAR_EVENTS.join(', ')}`);
    if (!isWithin(latitude, 90)) refuse('latitude', latitude, 'degrees from -90 to 90, north is positive');
    if (!isWithin(longitude, 180)) refuse('longitude', longitude, 'degrees from -180 to 180, east is positive');
    this.#sun = new Sun(latitude, longitude);
  }

  next(after: Date): Date | undefined {
    const instant = after.getTime();
    if (this.event === 'solar_noon') return this.#sun.noonAfter(instant);
    const second = Math.floor(instant / 1000);
    const found = Number.isNaN(second) ? undefined : firstRise(this.#curve(this.event), second, SEARCHED);
    return found === undefined ? undefined : new Date(found * 1000);
  }

  describe(): string {
    return `solar ${this.event} at latitude ${this.latitude}, longitude ${this.longitude}`;
  }

  override equals(other: Schedule): boolean {
    if (!(other instanceof Solar) || this.event !== other.event) return false;
    return this.latitude === other.latitude && this.longitude === other.longitude;
  }

  /** A sun that sets is one upside down that rises. */
  #curve(event: keyof typeof CROSSINGS) {
    const { altitude, isRising } = CROSSINGS[event];
    const side = isRising ? 1 : -1;
    const sun = this.#sun;
    return { fastest: sun.fastest, heightAt: (second: number) => side * sun.heightAbove(altitude, second) };
  }
}

function isWithin(degrees: number, limit: number): boolean {
  return typeof degrees === 'number' && degrees >= -limit && degrees <= limit;
}

function refuse(field: string, value: unknown, expected: string): never {
  throw new InvalidSchedule(field, `solar: ${field}: '${String(value)}' is refused: give ${expected}.`);
}

/**
 * A schedule by the sun: `solar('sunset', 37.57, 126.98)`.
 * @throws InvalidSchedule naming the field, for an event that is none (names are case-sensitive) or a place that is not on earth.
 */
export function solar(event: SolarEvent, latitude: number, longitude: number): Solar {
  return new Solar(event, latitude, longitude);
}
