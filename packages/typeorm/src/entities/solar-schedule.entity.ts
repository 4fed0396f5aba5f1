import { Column, Entity, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** `SolarSchedule` of django-celery-beat. */
@Entity('django_celery_beat_solarschedule')
@Unique('django_celery_beat_solar_event_latitude_longitude_ba64999a_uniq', ['event', 'latitude', 'longitude'])
export class SolarSchedule {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_beat_solarschedule_pkey' })
  id!: number;

  @Column('varchar', { length: 24 })
  event!: string;

  /** Degrees north, as text: TypeORM reads decimals so. */
  @Column('numeric', { precision: 9, scale: 6 })
  latitude!: string;

  /** Degrees east. */
  @Column('numeric', { precision: 9, scale: 6 })
  longitude!: string;
}
