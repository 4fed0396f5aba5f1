import { seeded } from './seeded.js';

/** A whole number below. */
export type Random = (below: number) => number;

/** The same numbers for the same seed. */
export function randomOf(seed: number): Random {
  const random = seeded(seed);
  return (below) => Math.floor(random() * below);
}

const LETTERS = ['a', ' ', "'", '"', '\\', '\n', ', ', '[', ')', '...', 'é', '☃', '😀', '\0', 'b', "', b'", '0', ':'];

function randomText(random: Random): string {
  return Array.from({ length: random(6) }, () => LETTERS[random(LETTERS.length)]).join('');
}

function randomValue(random: Random, depth = 0): unknown {
  const kinds = [
    () => null,
    () => random(2) === 1,
    () => random(2_000) - 1_000,
    () => (random(2_000_000) - 1_000_000) / 1024,
    () => 2n ** 60n + BigInt(random(1_000)),
    () => 10 ** (random(40) - 20) * 1.25,
    () => randomText(random),
    () => randomText(random),
    () => Buffer.from(Array.from({ length: random(4) }, () => (random(2) ? 0x61 : random(256)))),
    () => randomArray(random, depth + 1),
    () => randomRecord(random, depth + 1),
  ];
  return kinds[random(depth < 4 ? kinds.length : kinds.length - 2)]?.();
}

/** Values that Celery's JSON carries, nested up to four levels, with whatever may confuse a reader of their repr. */
export function randomArray(random: Random, depth = 0): unknown[] {
  return Array.from({ length: random(4) }, () => randomValue(random, depth));
}

export function randomRecord(random: Random, depth = 0): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: random(4) }, () => [randomText(random), randomValue(random, depth)]));
}
