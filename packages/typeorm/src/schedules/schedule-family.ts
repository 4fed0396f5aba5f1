import type { Connection, ConnectionDeps } from '../connection.js';
import { KeptTables } from '../kept-tables.js';
import { scheduleMigrationsOf } from '../migrations/index.js';
import type { TableFamily } from '../table-family.js';
import { checkSchedules, inspectSchedules } from './schedule-layout.js';
import type { ScheduleLayout } from './schedule-layout.js';
import { scheduleTables } from './schedule-tables.js';
import type { ScheduleTableOptions, ScheduleTables } from './schedule-tables.js';

export interface ScheduleFamily extends TableFamily<ScheduleLayout> {
  readonly tables: ScheduleTables;
}

/** The tables of the schedules over a connection. */
export function scheduleTablesOf(
  connection: Connection,
  options: ScheduleTableOptions,
  { logger }: Pick<ConnectionDeps, 'logger'>,
): KeptTables<ScheduleLayout, ScheduleFamily> {
  const family = (schema: string | undefined) =>
    scheduleFamily({ ...(schema !== undefined && { schema }), ...options });
  return new KeptTables({ connection, logger, title: 'database of schedules', family });
}

/** The tables of django-celery-beat, and ours beside them. Only the triggers can be done without. */
export function scheduleFamily(options: ScheduleTableOptions): ScheduleFamily {
  const tables = scheduleTables(options);
  return {
    kind: 'schedule',
    examples: `${tables.periodicTask}, ${tables.states}`,
    migrationsExport: 'scheduleMigrations()',
    loss: 'Edits of schedules are looked for each second, as nobody tells of them.',
    tables,
    migrations: scheduleMigrationsOf(tables),
    inspect: (pool) => inspectSchedules(pool, tables),
    isMissing,
    isOptional: (name) => name.startsWith('ScheduleTriggers'),
    check: (layout) => checkSchedules(layout, tables),
  };
}

function isMissing(name: string, layout: ScheduleLayout): boolean {
  if (name.startsWith('InitialSchedules')) return layout.columns.size === 0;
  if (name.startsWith('ScheduleSideTables')) return layout.missingSideTables.length > 0;
  if (name.startsWith('ScheduleTriggers')) return !layout.hasTriggers;
  return true;
}
