/** Schedules: when something is due. Celery's `celery.schedules`. */
export type { Schedule, ScheduleInput } from './schedule.js';
export { Crontab, crontab } from './crontab.js';
export type { CrontabOptions } from './crontab.js';
export type { CrontabField } from './crontab-grammar.js';
export { Interval, interval } from './interval.js';
export { toSchedule } from './to-schedule.js';
