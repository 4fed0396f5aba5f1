import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Which beat leads: one row. A table of ours. */
@Entity('nestjs_celery_schedule_lease')
export class BeatLease {
  /** 1 */
  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'nestjs_celery_schedule_lease_pkey' })
  ident!: number;

  /** Null: the lease is free. */
  @Column('text', { nullable: true })
  owner!: string | null;

  /** One more for each change of hands, as text. */
  @Column('bigint')
  fence!: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
