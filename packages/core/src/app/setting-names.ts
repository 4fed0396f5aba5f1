import { KnownNames, toSnake } from './known-names.js';
import { SETTINGS } from './settings.js';
import type { SettingName } from './settings.js';

const names = new Map<string, SettingName>();
for (const [name, { oldNames }] of Object.entries(SETTINGS)) {
  const snake = toSnake(name);
  for (const written of [name, snake, snake.toUpperCase(), `CELERY_${snake.toUpperCase()}`, ...oldNames]) {
    names.set(written, name as SettingName);
  }
}

/** Every way to write a setting: ours, Celery's lower-case, upper-case and `CELERY_`-prefixed names, and those of Celery 3. */
export const SETTING_NAMES = new KnownNames(names);
