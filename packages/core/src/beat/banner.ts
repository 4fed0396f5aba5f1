import { humanizeSeconds } from '../schedules/humanize-seconds.js';
import { zoneOf } from '../schedules/zone.js';

export interface BeatBannerFields {
  readonly version: string;
  readonly startedAt: Date;
  readonly timezone: string;
  /** Without the password. */
  readonly broker: string;
  /** Where the entries come from: `database postgres://…`, `file celerybeat-schedule.json`. */
  readonly scheduler: string;
  readonly logLevel: string;
  /** Seconds. */
  readonly maxInterval: number;
}

/** What beat prints when it starts, in Celery's form. */
export function beatBanner(fields: BeatBannerFields): string {
  const { maxInterval } = fields;
  return [
    `celery beat (nestjs-celery v${fields.version}) is starting.`,
    `LocalTime -> ${localTime(fields.startedAt, fields.timezone)}`,
    'Configuration ->',
    `    . broker -> ${fields.broker}`,
    `    . scheduler -> ${fields.scheduler}`,
    `    . logfile -> [stderr]@%${fields.logLevel.toUpperCase()}`,
    `    . maxinterval -> ${humanizeSeconds(maxInterval)} (${maxInterval}s)`,
  ].join('\n');
}

/** `2026-07-17 11:04:00 Asia/Seoul` */
function localTime(instant: Date, timezone: string): string {
  const wall = new Date(instant.getTime() + zoneOf(timezone).offsetAt(instant.getTime()));
  return `${wall.toISOString().slice(0, 19).replace('T', ' ')} ${timezone}`;
}
