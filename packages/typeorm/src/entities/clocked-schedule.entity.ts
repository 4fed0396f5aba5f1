import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** `ClockedSchedule` of django-celery-beat: once, at that time. */
@Entity('django_celery_beat_clockedschedule')
export class ClockedSchedule {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_beat_clockedschedule_pkey' })
  id!: number;

  @Column('timestamptz', { name: 'clocked_time' })
  clockedTime!: Date;
}
