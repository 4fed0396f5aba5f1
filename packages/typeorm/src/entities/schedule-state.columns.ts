import { Column } from 'typeorm';

/** How far beat has come with an entry (`ScheduleState`), whatever the entry is known by. */
export abstract class ScheduleStateColumns {
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
