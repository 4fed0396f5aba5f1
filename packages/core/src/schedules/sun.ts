import { sunCalc } from './libraries.js';

const DAY = 86_400_000;
/** By as much suncalc shows the sun too high, for the air, wherever it stands below the horizon. */
const REFRACTION_BELOW_HORIZON = refraction(0);
/** Degrees per second: no more than the earth turns, and the sun moves between the seasons. */
const TURN = 360.99 / 86_400;
const SEASONS = 0.42 / 86_400;

/** The sun above a place; latitude and longitude in degrees, north and east positive. Times in whole seconds since 1970. */
export class Sun {
  readonly #library = sunCalc();
  /** The fastest that its altitude changes here, in degrees per second. */
  readonly fastest: number;

  constructor(
    readonly latitude: number,
    readonly longitude: number,
  ) {
    this.fastest = TURN * Math.cos((latitude * Math.PI) / 180) + SEASONS;
  }

  /** Degrees by which the sun's centre is above an altitude that lies below the horizon. Without air; above the horizon only the sign counts. */
  heightAbove(altitude: number, second: number): number {
    const shown = this.#library.getPosition(new Date(second * 1000), this.latitude, this.longitude).altitude;
    return shown - REFRACTION_BELOW_HORIZON - altitude;
  }

  /** The next time that it stands in the meridian, which it does every day. */
  noonAfter(instant: number): Date | undefined {
    const noons = [-1, 0, 1, 2].map((days) => this.#noonOf(instant + days * DAY));
    const next = noons.find((noon) => noon > instant);
    return next === undefined ? undefined : new Date(next);
  }

  #noonOf(day: number): number {
    return (
      Math.round(this.#library.getTimes(new Date(day), this.latitude, this.longitude).solarNoon.getTime() / 1000) * 1000
    );
  }
}

/** Meeus 16.4, in degrees, as suncalc has it. */
function refraction(altitude: number): number {
  const h = (altitude * Math.PI) / 180;
  return (0.0002967 / Math.tan(h + 0.00312536 / (h + 0.08901179)) / Math.PI) * 180;
}
