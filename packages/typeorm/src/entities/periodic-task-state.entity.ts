import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far beat has come with a periodic task (`ScheduleState`). A table of ours. */
@Entity('nestjs_celery_schedule_states')
export class PeriodicTaskState {
  /** The task's id, as text. */
  @PrimaryColumn('bigint', {
    name: 'periodic_task_id',
    primaryKeyConstraintName: 'nestjs_celery_schedule_states_pkey',
  })
  periodicTaskId!: string;

  @Column('timestamptz', { name: 'last_due_at' })
  lastDueAt!: Date;

  @Column('timestamptz', { name: 'sent_at' })
  sentAt!: Date;

  @Column('text', { name: 'last_task_id' })
  lastTaskId!: string;

  /** In words. */
  @Column('text')
  schedule!: string;

  @Column('timestamptz', { name: 'next_run_at', nullable: true })
  nextRunAt!: Date | null;
}
