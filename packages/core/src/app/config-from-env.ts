import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { CeleryOptions } from './config.js';
import { SETTING_NAMES } from './setting-names.js';
import { SETTINGS } from './settings.js';

/**
 * Settings from environment variables: `CELERY_BROKER_URL`, `CELERY_TASK_DEFAULT_QUEUE`, `CELERY_TASK_ROUTES` (JSON), …;
 * with the default prefix Celery's old names too (`BROKER_URL`). A variable with the prefix that is no setting is left alone,
 * unless it looks like a slip; a blank one is not given. Celery's `config_from_envvar` and Django's `namespace='CELERY'`.
 * @throws ImproperlyConfigured for a name one or two letters off, or a value that cannot be read.
 */
export function celeryConfigFromEnv(
  prefix = 'CELERY',
  env: Readonly<Record<string, string | undefined>> = process.env,
): CeleryOptions {
  const options: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(env)) {
    const written = settingPart(variable, prefix);
    if (text === undefined || text.trim() === '' || written === undefined) continue;
    const name = SETTING_NAMES.find(written) ?? SETTING_NAMES.find(`CELERY_${written}`);
    if (name === undefined) refuseSlip(variable, written);
    else options[name] = read(variable, text, name);
  }
  return options;
}

/** The part of a variable's name that names a setting; old names of Celery 3 stand without the prefix. */
function settingPart(variable: string, prefix: string): string | undefined {
  if (variable.startsWith(`${prefix}_`)) return variable.slice(prefix.length + 1);
  const old =
    prefix === 'CELERY' &&
    (variable.startsWith('BROKER_') || variable.startsWith('CELERYD_') || variable.startsWith('CELERYBEAT_'));
  return old ? variable : undefined;
}

function read(variable: string, text: string, name: keyof CeleryOptions): unknown {
  const { kind } = SETTINGS[name];
  const value = kind.parse(text);
  if (!kind.accepts(value)) {
    throw new ImproperlyConfigured(`The environment variable ${variable} expects ${kind.expects}.`);
  }
  return value;
}

function refuseSlip(variable: string, written: string): void {
  const nearest = SETTING_NAMES.nearest(written, 2);
  if (nearest === undefined) return;
  throw new ImproperlyConfigured(`The environment variable ${variable} is no setting: did you mean '${nearest}'?`);
}
