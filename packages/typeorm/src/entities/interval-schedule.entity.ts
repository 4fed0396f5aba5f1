import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** `IntervalSchedule` of django-celery-beat. For queries of your own; so are all tables of schedules. */
@Entity('django_celery_beat_intervalschedule')
export class IntervalSchedule {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_beat_intervalschedule_pkey' })
  id!: number;

  @Column('integer')
  every!: number;

  /** days, hours, minutes, seconds or microseconds */
  @Column('varchar', { length: 24 })
  period!: string;
}
