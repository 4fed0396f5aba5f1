import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A task id that was revoked, for workers that were down then. A table of ours. */
@Entity('nestjs_celery_revocations')
export class TaskRevocation {
  @PrimaryColumn('varchar', {
    name: 'task_id',
    length: 255,
    primaryKeyConstraintName: 'nestjs_celery_revocations_pkey',
  })
  taskId!: string;

  /** Until then it is remembered. */
  @Index('nestjs_celery_revocations_expires_at_idx')
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
