import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Starts of a redelivered late-ack task that did not end: its worker was killed, or runs it just now. A table of ours. */
@Entity('nestjs_celery_attempts')
export class TaskAttempt {
  @PrimaryColumn('varchar', { name: 'task_id', length: 255, primaryKeyConstraintName: 'nestjs_celery_attempts_pkey' })
  taskId!: string;

  @Column('integer')
  count!: number;

  /** The last of them. */
  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;
}
