/** Schedules: when something is due. Celery's `celery.schedules`. */
export type { DstPolicy, DueState, IsDueOptions, Schedule, ScheduleDefaults, ScheduleInput } from './schedule.js';
export { BaseSchedule } from './base-schedule.js';
export { clocked, Clocked } from './clocked.js';
export { cron, Cron } from './cron.js';
export type { CronOptions } from './cron.js';
export { crontab, Crontab } from './crontab.js';
export type { CrontabOptions, CrontabTexts, CrontabZone } from './crontab-options.js';
export type { CrontabField } from './crontab-grammar.js';
export { interval, Interval } from './interval.js';
export type {
  EveryPeriod,
  IntervalOptions,
  IntervalParts,
  IntervalPeriod,
  RelativeOptions,
} from './interval-options.js';
export { solar, Solar } from './solar.js';
export { SOLAR_EVENTS } from './solar-events.js';
export type { SolarEvent } from './solar-events.js';
export { toSchedule } from './to-schedule.js';
