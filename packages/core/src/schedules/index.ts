/** Schedules: when something is due. Celery's `celery.schedules`. */
export type { Schedule, ScheduleInput } from './schedule.js';
export { crontab } from './crontab.js';
export type { Crontab, CrontabOptions } from './crontab.js';
export type { CrontabField } from './crontab-grammar.js';
export { interval } from './interval.js';
export type { Interval } from './interval.js';
export { toSchedule } from './to-schedule.js';
