import { Entity, PrimaryColumn } from 'typeorm';
import { ScheduleStateColumns } from './schedule-state.columns.js';

/** How far beat has come with a periodic task. A table of ours. */
@Entity('nestjs_celery_schedule_states')
export class PeriodicTaskState extends ScheduleStateColumns {
  /** The task's id, as text. */
  @PrimaryColumn('bigint', {
    name: 'periodic_task_id',
    primaryKeyConstraintName: 'nestjs_celery_schedule_states_pkey',
  })
  periodicTaskId!: string;
}
