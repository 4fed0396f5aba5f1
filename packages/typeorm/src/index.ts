/**
 * PostgreSQL as the result backend:
 *
 *     CeleryModule.forRoot({ resultBackend: typeormResults({ url: 'postgres://localhost/app' }) })
 *     CeleryModule.forRoot({ resultBackend: typeormResults({ dataSource: getDataSourceToken() }) })
 *
 * and as the database of beat's schedules, the same or another:
 *
 *     CeleryModule.forRoot({ beatScheduler: typeormSchedules({ url: 'postgres://localhost/app' }) })
 */
export { BeatLease } from './entities/beat-lease.entity.js';
export { ChordCounter } from './entities/chord-counter.entity.js';
export { ClockedSchedule } from './entities/clocked-schedule.entity.js';
export { CodeEntryState } from './entities/code-entry-state.entity.js';
export { CrontabSchedule } from './entities/crontab-schedule.entity.js';
export { GroupResult } from './entities/group-result.entity.js';
export { IntervalSchedule } from './entities/interval-schedule.entity.js';
export { PeriodicTaskPolicy } from './entities/periodic-task-policy.entity.js';
export { PeriodicTaskRun } from './entities/periodic-task-run.entity.js';
export { PeriodicTaskState } from './entities/periodic-task-state.entity.js';
export { PeriodicTask } from './entities/periodic-task.entity.js';
export { PeriodicTasksChanged } from './entities/periodic-tasks-changed.entity.js';
export { SolarSchedule } from './entities/solar-schedule.entity.js';
export { TaskAttempt } from './entities/task-attempt.entity.js';
export { TaskCall } from './entities/task-call.entity.js';
export { TaskOnce } from './entities/task-once.entity.js';
export { TaskRerun } from './entities/task-rerun.entity.js';
export { TaskResult } from './entities/task-result.entity.js';
export { TaskRevocation } from './entities/task-revocation.entity.js';
export { migrateResults, migrateSchedules } from './migrate-tables.js';
export { resultMigrations, scheduleMigrations } from './migrations/index.js';
export type { ResultTableOptions } from './result-tables.js';
export type { ConnectionOptions, InjectionToken } from './connection-options.js';
export type { TypeormResultsOptions } from './results-options.js';
export type { ResultRetryOptions } from './retry.js';
export { createResultBackend, typeormResults } from './typeorm-results.js';
export type { ScheduleTableOptions } from './schedules/schedule-tables.js';
export type { TypeormSchedulesOptions } from './schedules/schedules-options.js';
export { typeormSchedules } from './schedules/typeorm-schedules.js';
