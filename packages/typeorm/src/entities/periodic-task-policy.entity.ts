import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is kept for a periodic task beside Django's columns; null stands for the default (`SchedulePolicy`). A table of ours. */
@Entity('nestjs_celery_schedule_policies')
export class PeriodicTaskPolicy {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_policies_pkey' })
  name!: string;

  /** The task's id: a policy belongs to the task that has both. As text, as TypeORM reads bigint. */
  @Index('nestjs_celery_schedule_policies_periodic_task_id_idx')
  @Column('bigint', { name: 'periodic_task_id' })
  periodicTaskId!: string;

  @Column('varchar', { length: 16, nullable: true })
  misfire!: string | null;

  @Column('integer', { name: 'misfire_cap', nullable: true })
  misfireCap!: number | null;

  @Column('double precision', { nullable: true })
  grace!: number | null;

  @Column('varchar', { length: 16, nullable: true })
  overlap!: string | null;

  @Column('double precision', { nullable: true })
  jitter!: number | null;

  @Column('timestamptz', { name: 'pause_until', nullable: true })
  pauseUntil!: Date | null;

  @Column('varchar', { length: 16, nullable: true })
  dst!: string | null;

  @Column('varchar', { length: 16, nullable: true })
  owner!: string | null;
}
