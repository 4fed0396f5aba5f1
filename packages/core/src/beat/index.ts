/** Beat: publishes tasks on their schedules. Celery's `celery.beat`. */
export { defaultEntries } from './default-entries.js';
export { Beat, DEFAULT_MAX_INTERVAL } from './beat.js';
export type { BeatDeps } from './beat.js';
export { beatBanner } from './banner.js';
export type { BeatBannerFields } from './banner.js';
export { ScheduleEntry } from './schedule-entry.js';
export type { ScheduleEntryFields } from './schedule-entry.js';
export type { ScheduleDefinition } from './schedule-definition.js';
export { Scheduler } from './scheduler.js';
export type { SchedulerDeps, SendEntry } from './scheduler.js';
export { StaticScheduleStore } from './static-schedule-store.js';
