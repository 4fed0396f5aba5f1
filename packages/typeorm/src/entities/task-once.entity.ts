import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A task of beat's that has begun: a second message of its id is not run. A table of ours. */
@Entity('nestjs_celery_once')
export class TaskOnce {
  @PrimaryColumn('varchar', { name: 'task_id', length: 255, primaryKeyConstraintName: 'nestjs_celery_once_pkey' })
  taskId!: string;

  /** It is remembered for a day from then. */
  @Index('nestjs_celery_once_seen_at_idx')
  @Column('timestamptz', { name: 'seen_at' })
  seenAt!: Date;
}
