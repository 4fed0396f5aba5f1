import { Column, CreateDateColumn, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A report that somebody asked for. The task that builds it has the same id. */
@Entity('report')
export class Report {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ name: 'from_day', type: 'date' })
  from!: string;

  @Column({ name: 'to_day', type: 'date' })
  to!: string;

  @Column({ type: 'varchar', length: 254 })
  email!: string;

  /** Null until it is built. */
  @Column({ type: 'text', nullable: true })
  csv!: string | null;

  @Index('IDX_report_unbuilt', { where: '"csv" IS NULL' })
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column({ name: 'mailed_at', type: 'timestamptz', nullable: true })
  mailedAt!: Date | null;
}
