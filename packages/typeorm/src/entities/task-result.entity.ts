import { Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';

/** `TaskResult` of django-celery-results: what became of a task. For queries of your own; the library writes it in batches beside TypeORM. */
@Entity('django_celery_results_taskresult')
@Unique('django_celery_results_taskresult_task_id_key', ['taskId'])
@Index('django_celery_results_taskresult_task_id_de0d95bf_like', { synchronize: false })
export class TaskResult {
  @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'django_celery_results_taskresult_pkey' })
  id!: number;

  @Column('varchar', { name: 'task_id', length: 255 })
  taskId!: string;

  @Index('django_cele_status_9b6201_idx')
  @Column('varchar', { length: 50 })
  status!: string;

  @Column('varchar', { name: 'content_type', length: 128 })
  contentType!: string;

  @Column('varchar', { name: 'content_encoding', length: 64 })
  contentEncoding!: string;

  /** The value in `contentType`, in base64 where `contentEncoding` is 'binary'. */
  @Column('text', { nullable: true })
  result!: string | null;

  /** Of the last save, in whatever state. */
  @Index('django_cele_date_do_f59aad_idx')
  @Column('timestamptz', { name: 'date_done' })
  dateDone!: Date;

  @Column('text', { nullable: true })
  traceback!: string | null;

  /** `{"children": […]}` */
  @Column('text', { nullable: true })
  meta!: string | null;

  /** JSON of the text that Python's repr gives: `"(2, 3)"`. */
  @Column('text', { name: 'task_args', nullable: true })
  taskArgs!: string | null;

  @Column('text', { name: 'task_kwargs', nullable: true })
  taskKwargs!: string | null;

  @Index('django_cele_task_na_08aec9_idx')
  @Column('varchar', { name: 'task_name', length: 255, nullable: true })
  taskName!: string | null;

  @Index('django_cele_worker_d54dd8_idx')
  @Column('varchar', { length: 100, nullable: true })
  worker!: string | null;

  @Index('django_cele_date_cr_f04a50_idx')
  @Column('timestamptz', { name: 'date_created' })
  dateCreated!: Date;

  @Index('django_cele_periodi_1993cf_idx')
  @Column('varchar', { name: 'periodic_task_name', length: 255, nullable: true })
  periodicTaskName!: string | null;

  @Column('timestamptz', { name: 'date_started', nullable: true })
  dateStarted!: Date | null;
}
