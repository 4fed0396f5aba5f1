import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `PeriodicTasks` of django-celery-beat: one row, with the time of the last change, which Django's beat polls. */
@Entity('django_celery_beat_periodictasks')
export class PeriodicTasksChanged {
  /** 1 */
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'django_celery_beat_periodictasks_pkey' })
  ident!: number;

  @Column('timestamptz', { name: 'last_update' })
  lastUpdate!: Date;
}
