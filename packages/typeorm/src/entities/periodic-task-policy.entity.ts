import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is kept for a periodic task beside Django's columns; null stands for the default (`SchedulePolicy`). A table of ours. */
@Entity('nestjs_celery_schedule_policies')
export class PeriodicTaskPolicy {
  /** The task's id: its policy stays when it is renamed. As text, as TypeORM reads bigint. */
  @PrimaryColumn('bigint', {
    name: 'periodic_task_id',
    primaryKeyConstraintName: 'nestjs_celery_schedule_policies_pkey',
  })
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
