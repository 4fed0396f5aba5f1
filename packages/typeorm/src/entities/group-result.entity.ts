import { Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** `GroupResult` of django-celery-results: the members of a group that was saved. */
@Entity('django_celery_results_groupresult')
@Unique('django_celery_results_groupresult_group_id_key', ['groupId'])
@Index('django_celery_results_groupresult_group_id_a085f1a9_like', { synchronize: false })
export class GroupResult {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_results_groupresult_pkey' })
  id!: number;

  @Column('varchar', { name: 'group_id', length: 255 })
  groupId!: string;

  @Index('django_cele_date_cr_bd6c1d_idx')
  @Column('timestamptz', { name: 'date_created' })
  dateCreated!: Date;

  @Index('django_cele_date_do_caae0e_idx')
  @Column('timestamptz', { name: 'date_done' })
  dateDone!: Date;

  @Column('varchar', { name: 'content_type', length: 128 })
  contentType!: string;

  @Column('varchar', { name: 'content_encoding', length: 64 })
  contentEncoding!: string;

  /** The group's result tuple. */
  @Column('text', { nullable: true })
  result!: string | null;
}
