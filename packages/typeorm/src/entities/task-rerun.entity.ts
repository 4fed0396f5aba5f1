import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A task that was sent anew by `rerun`, and the finished one that it repeats. A table of ours. */
@Entity('nestjs_celery_reruns')
export class TaskRerun {
  @PrimaryColumn('varchar', { name: 'task_id', length: 255, primaryKeyConstraintName: 'nestjs_celery_reruns_pkey' })
  taskId!: string;

  @Index('nestjs_celery_reruns_rerun_of_idx')
  @Column('varchar', { name: 'rerun_of', length: 255 })
  rerunOf!: string;

  @Index('nestjs_celery_reruns_created_at_idx')
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
