import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What became of a due time (`PeriodicRun`). A table of ours. */
@Entity('nestjs_celery_schedule_runs')
@Index('nestjs_celery_schedule_runs_due_at_name_idx', ['dueAt', 'name'])
@Index('nestjs_celery_schedule_runs_claimed_idx', ['name', 'dueAt'], { where: "(status)::text = 'claimed'::text" })
export class PeriodicTaskRun {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_runs_pkey' })
  name!: string;

  @PrimaryColumn('timestamptz', { name: 'due_at', primaryKeyConstraintName: 'nestjs_celery_schedule_runs_pkey' })
  dueAt!: Date;

  @Column('text', { name: 'task_id' })
  taskId!: string;

  /** claimed, sent, skipped, missed or cancelled */
  @Column('varchar', { length: 16 })
  status!: string;

  /** The task that had the name when it was claimed, as text; null: only code knows the entry. */
  @Column('bigint', { name: 'periodic_task_id', nullable: true })
  periodicTaskId!: string | null;

  /** Of the beat that claimed it, as text. */
  @Column('bigint')
  fence!: string;

  @Column('timestamptz', { name: 'claimed_at' })
  claimedAt!: Date;

  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt!: Date | null;

  @Column('text', { nullable: true })
  reason!: string | null;
}
