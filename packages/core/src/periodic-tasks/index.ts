/** Periodic tasks in the database, for those that edit them and those that show them. Loads neither worker nor beat. */
export { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
export type {
  ClockedRow,
  CrontabRow,
  IntervalRow,
  PeriodicRun,
  PeriodicTaskQuery,
  RunStatus,
  ScheduleDatabase,
  SchedulePolicy,
  ScheduleRow,
  SolarRow,
} from '../contracts/periodic-tasks.js';
export { DuplicateName, InvalidPeriodicTask, PeriodicTaskNotFound } from '../errors/schedule-errors.js';
export { checkPeriodicTask, problemsOf } from './check-fields.js';
export type { CheckedFields } from './check-fields.js';
export type { FieldProblems } from './check-policy.js';
export type { PeriodicTask } from './periodic-task.js';
export type { PeriodicTaskInput, PeriodicTaskPatch } from './periodic-task-input.js';
export { PeriodicTasks } from './periodic-tasks.js';
export type { PeriodicTasksDeps } from './periodic-tasks.js';
export { rowOf, scheduleOf } from './schedule-rows.js';
