import { Entity, PrimaryColumn } from 'typeorm';
import { ScheduleStateColumns } from './schedule-state.columns.js';

/** How far beat has come with an entry that only code knows. A table of ours. */
@Entity('nestjs_celery_schedule_code_states')
export class CodeEntryState extends ScheduleStateColumns {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'nestjs_celery_schedule_code_states_pkey' })
  name!: string;
}
