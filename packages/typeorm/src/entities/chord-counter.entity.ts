import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** `ChordCounter` of django-celery-results: how many members of a chord's header are still missing. */
@Entity('django_celery_results_chordcounter')
@Unique('django_celery_results_chordcounter_group_id_key', ['groupId'])
@Check('django_celery_results_chordcounter_count_check', 'count >= 0')
@Index('django_celery_results_chordcounter_group_id_1f70858c_like', { synchronize: false })
export class ChordCounter {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_results_chordcounter_pkey' })
  id!: number;

  @Column('varchar', { name: 'group_id', length: 255 })
  groupId!: string;

  /** JSON list of the members' result tuples. */
  @Column('text', { name: 'sub_tasks' })
  subTasks!: string;

  @Column('integer')
  count!: number;
}
