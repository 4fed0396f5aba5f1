import { SETTINGS } from './settings.js';
import type { SettingName } from './settings.js';

/** `brokerHeartbeat` → `broker_heartbeat`. */
function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Every way to write a setting: ours, Celery's lower-case, upper-case and `CELERY_`-prefixed names, and those of Celery 3. */
const NAMES = new Map<string, SettingName>();
for (const [name, { oldNames }] of Object.entries(SETTINGS)) {
  const snake = toSnake(name);
  for (const written of [name, snake, snake.toUpperCase(), `CELERY_${snake.toUpperCase()}`, ...oldNames]) {
    NAMES.set(written, name as SettingName);
  }
}

export function findSetting(written: string): SettingName | undefined {
  return NAMES.get(written);
}

/** The known name, in the same style of writing, nearest to a mistyped one; at most `within` letters may differ. */
export function suggestSetting(
  written: string,
  within = Math.max(2, Math.floor(written.length / 3)),
): string | undefined {
  let best: string | undefined;
  let least = within + 1;
  for (const name of NAMES.keys()) {
    if (style(name) !== style(written)) continue;
    const distance = editDistance(written, name, least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

function style(name: string): 'upper' | 'snake' | 'camel' {
  if (name === name.toUpperCase()) return 'upper';
  return name.includes('_') ? 'snake' : 'camel';
}

/** Levenshtein's distance by rows; gives up, with `limit`, when it cannot come below. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
