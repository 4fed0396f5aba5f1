import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How far beat has come with an entry (`ScheduleState`). A table of ours. */
@Entity('nestjs_celery_schedule_states')
export class PeriodicTaskState {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_states_pkey' })
  name!: string;

  /** The task's id, as text; null for an entry that only code knows. */
  @Index('nestjs_celery_schedule_states_periodic_task_id_idx')
  @Column('bigint', { name: 'periodic_task_id', nullable: true })
  periodicTaskId!: string | null;

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
