import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far beat has come with an entry that only code knows (`ScheduleState`). A table of ours. */
@Entity('nestjs_celery_schedule_code_states')
export class CodeEntryState {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_code_states_pkey' })
  name!: string;

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
