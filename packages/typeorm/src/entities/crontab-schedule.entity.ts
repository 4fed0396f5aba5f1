import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** `CrontabSchedule` of django-celery-beat; fields in Celery's grammar. */
@Entity('django_celery_beat_crontabschedule')
export class CrontabSchedule {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_beat_crontabschedule_pkey' })
  id!: number;

  @Column('varchar', { length: 240 })
  minute!: string;

  @Column('varchar', { length: 96 })
  hour!: string;

  @Column('varchar', { name: 'day_of_week', length: 64 })
  dayOfWeek!: string;

  @Column('varchar', { name: 'day_of_month', length: 124 })
  dayOfMonth!: string;

  @Column('varchar', { name: 'month_of_year', length: 64 })
  monthOfYear!: string;

  /** IANA name. */
  @Column('varchar', { length: 63 })
  timezone!: string;
}
