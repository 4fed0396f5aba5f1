/**
 * Periodic tasks in the database, edited while beat runs: the admin of django-celery-beat as a service and as REST.
 *
 *     @Module({ imports: [CeleryModule.forRoot({ … }), PeriodicTasksModule.forRoot({ guards: [AdminGuard] })] })
 *     export class WebModule {}
 *
 *     constructor(private readonly periodicTasks: PeriodicTasks) {}
 *
 *     await this.periodicTasks.create({ name: 'nightly', task: 'reports.send', schedule: crontab({ hour: 2, minute: 0 }) });
 */
export { InjectPeriodicTasks, getPeriodicTasksToken } from './periodic-tasks.provider.js';
export { PeriodicTasksController } from './periodic-tasks.controller.js';
export type { ListQuery } from './periodic-tasks.controller.js';
export { PeriodicTasksModule } from './periodic-tasks.module.js';
export type { PeriodicTasksModuleOptions } from './periodic-tasks.module-definition.js';
export {
  DuplicateName,
  InvalidPeriodicTask,
  PeriodicTaskNotFound,
  PeriodicTasks,
} from '@nestjs-celery/core/periodic-tasks';
export type {
  ClockedRow,
  CrontabRow,
  FieldProblems,
  IntervalRow,
  PeriodicRun,
  PeriodicTask,
  PeriodicTaskInput,
  PeriodicTaskPatch,
  PeriodicTaskQuery,
  RunStatus,
  SchedulePolicy,
  ScheduleRow,
  SolarRow,
} from '@nestjs-celery/core/periodic-tasks';
