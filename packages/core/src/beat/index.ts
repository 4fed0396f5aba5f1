/** Beat: publishes tasks on their schedules. Celery's `celery.beat`. */
export { Beat } from './beat.js';
export type { BeatHealth } from './beat.js';
export { beatBanner } from './banner.js';
export type { BeatBannerFields } from './banner.js';
export { CodeScheduleStore } from './code-schedule-store.js';
export { compileDefinitions } from './compile-definitions.js';
export { createBeat, maxIntervalOf } from './create-beat.js';
export type { CreateBeatOptions } from './create-beat.js';
export { DatabaseScheduleStore } from './database-schedule-store.js';
export { defaultEntries } from './default-entries.js';
export type { CompiledDefinition, ScheduleDefinition } from './schedule-definition.js';
export { ScheduleFile } from './schedule-file.js';
export type { ScheduleStore } from './schedule-store.js';
