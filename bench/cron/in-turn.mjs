import { readFileSync } from 'node:fs';

/** Times that are found before it begins anew: those of some years, and not of the far future. */
const STEPS = 1000;

/**
 * A crontab that remembers the time that it gave last.
 * @typedef {object} Walker
 * @property {() => unknown} next
 * @property {() => unknown} restart
 */

/**
 * Asks each crontab in each zone COUNT times for the time after the last one, and says the milliseconds of them all.
 * @param {(line: string, timezone: string, from: Date) => Walker} make
 */
export function inTurn(make) {
  const { lines, timezones, from } = JSON.parse(readFileSync(new URL('crontabs.json', import.meta.url), 'utf8'));
  const count = Number(process.argv[2]);
  const all = timezones.flatMap((/** @type {string} */ timezone) =>
    lines.map((/** @type {string} */ line) => make(line, timezone, new Date(from))),
  );
  for (const walker of all) walk(walker, STEPS);
  const start = performance.now();
  for (const walker of all) walk(walker, count);
  console.log(JSON.stringify({ ms: performance.now() - start, times: all.length * count }));
}

/**
 * @param {Walker} walker
 * @param {number} count
 */
function walk(walker, count) {
  for (let n = 0; n < count; n++) {
    if (n % STEPS === 0) walker.restart();
    walker.next();
  }
}
