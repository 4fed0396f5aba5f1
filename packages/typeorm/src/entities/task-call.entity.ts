import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The arguments of a task that is over, as `resultExtended` keeps them for `rerun`. A table of ours. */
@Entity('nestjs_celery_calls')
export class TaskCall {
  @PrimaryColumn('varchar', { name: 'task_id', length: 255, primaryKeyConstraintName: 'nestjs_celery_calls_pkey' })
  taskId!: string;

  @Column('text')
  name!: string;

  /** JSON, in Celery's encoding. */
  @Column('text')
  args!: string;

  @Column('text')
  kwargs!: string;

  @Column('text', { nullable: true })
  queue!: string | null;

  /** The task's option `redact` has changed them. */
  @Column('boolean')
  redacted!: boolean;

  @Index('nestjs_celery_calls_saved_at_idx')
  @Column('timestamptz', { name: 'saved_at' })
  savedAt!: Date;
}
