import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, Unique } from 'typeorm';
import type { Relation } from 'typeorm';
import { ClockedSchedule } from './clocked-schedule.entity.js';
import { CrontabSchedule } from './crontab-schedule.entity.js';
import { IntervalSchedule } from './interval-schedule.entity.js';
import { SolarSchedule } from './solar-schedule.entity.js';

const SCHEDULE = { nullable: true, deferrable: 'INITIALLY DEFERRED' } as const;
const column = (kind: string, hash: string) => ({
  name: `${kind}_id`,
  foreignKeyConstraintName: `django_celery_beat_p_${kind}_id_${hash}_fk_django_ce`,
});

/** `PeriodicTask` of django-celery-beat, with exactly one schedule. Save through `PeriodicTasks`, which checks what these columns cannot. */
@Entity('django_celery_beat_periodictask')
@Unique('django_celery_beat_periodictask_name_key', ['name'])
@Check('django_celery_beat_periodictask_total_run_count_check', 'total_run_count >= 0')
@Check('django_celery_beat_periodictask_priority_check', 'priority >= 0')
@Check('django_celery_beat_periodictask_expire_seconds_check', 'expire_seconds >= 0')
@Index('django_celery_beat_periodictask_name_265a36b7_like', { synchronize: false })
export class PeriodicTask {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_beat_periodictask_pkey' })
  id!: number;

  @Column('varchar', { length: 200 })
  name!: string;

  @Column('varchar', { length: 200 })
  task!: string;

  /** JSON array. */
  @Column('text')
  args!: string;

  /** JSON object. */
  @Column('text')
  kwargs!: string;

  @Column('varchar', { length: 200, nullable: true })
  queue!: string | null;

  @Column('varchar', { length: 200, nullable: true })
  exchange!: string | null;

  @Column('varchar', { name: 'routing_key', length: 200, nullable: true })
  routingKey!: string | null;

  @Column('timestamptz', { nullable: true })
  expires!: Date | null;

  @Column('boolean')
  enabled!: boolean;

  @Column('timestamptz', { name: 'last_run_at', nullable: true })
  lastRunAt!: Date | null;

  @Column('integer', { name: 'total_run_count' })
  totalRunCount!: number;

  @Column('timestamptz', { name: 'date_changed' })
  dateChanged!: Date;

  @Column('text')
  description!: string;

  @Index('django_celery_beat_periodictask_crontab_id_d3cba168')
  @ManyToOne(() => CrontabSchedule, SCHEDULE)
  @JoinColumn(column('crontab', 'd3cba168'))
  crontab!: Relation<CrontabSchedule> | null;

  @Index('django_celery_beat_periodictask_interval_id_a8ca27da')
  @ManyToOne(() => IntervalSchedule, SCHEDULE)
  @JoinColumn(column('interval', 'a8ca27da'))
  interval!: Relation<IntervalSchedule> | null;

  @Index('django_celery_beat_periodictask_solar_id_a87ce72c')
  @ManyToOne(() => SolarSchedule, SCHEDULE)
  @JoinColumn(column('solar', 'a87ce72c'))
  solar!: Relation<SolarSchedule> | null;

  @Column('boolean', { name: 'one_off' })
  oneOff!: boolean;

  @Column('timestamptz', { name: 'start_time', nullable: true })
  startTime!: Date | null;

  @Column('integer', { nullable: true })
  priority!: number | null;

  /** JSON object. */
  @Column('text')
  headers!: string;

  @Index('django_celery_beat_periodictask_clocked_id_47a69f82')
  @ManyToOne(() => ClockedSchedule, SCHEDULE)
  @JoinColumn(column('clocked', '47a69f82'))
  clocked!: Relation<ClockedSchedule> | null;

  @Column('integer', { name: 'expire_seconds', nullable: true })
  expireSeconds!: number | null;
}
