/** Where the sun's centre stands at an event, in degrees above the horizon, and which way it goes. */
interface Crossing {
  readonly altitude: number;
  readonly isRising: boolean;
}

/** The air bends the sun's light by 34 minutes of arc at the horizon, and its upper limb is 16 above its centre. */
const UPPER_LIMB = -(34 + 16) / 60;

/** Celery's events but noon, which is no crossing. */
export const CROSSINGS = {
  dawn_astronomical: { altitude: -18, isRising: true },
  dawn_nautical: { altitude: -12, isRising: true },
  dawn_civil: { altitude: -6, isRising: true },
  sunrise: { altitude: UPPER_LIMB, isRising: true },
  sunset: { altitude: UPPER_LIMB, isRising: false },
  dusk_civil: { altitude: -6, isRising: false },
  dusk_nautical: { altitude: -12, isRising: false },
  dusk_astronomical: { altitude: -18, isRising: false },
} as const satisfies Readonly<Record<string, Crossing>>;

/** Celery's nine, from dawn to dusk. */
export const SOLAR_EVENTS = [
  'dawn_astronomical',
  'dawn_nautical',
  'dawn_civil',
  'sunrise',
  'solar_noon',
  'sunset',
  'dusk_civil',
  'dusk_nautical',
  'dusk_astronomical',
] as const;

export type SolarEvent = (typeof SOLAR_EVENTS)[number];
