import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What became of a due time (`PeriodicRun`). A table of ours. */
@Entity('nestjs_celery_schedule_runs')
@Index('nestjs_celery_schedule_runs_claimed_idx', ['name', 'dueAt'], { where: "(status)::text = 'claimed'::text" })
export class PeriodicTaskRun {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_runs_pkey' })
  name!: string;

  @Index('nestjs_celery_schedule_runs_due_at_idx')
  @PrimaryColumn('timestamptz', { name: 'due_at', primaryKeyConstraintName: 'nestjs_celery_schedule_runs_pkey' })
  dueAt!: Date;

  @Column('text', { name: 'task_id' })
  taskId!: string;

  /** claimed, sent, skipped, missed or cancelled */
  @Column('varchar', { length: 16 })
  status!: string;

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
