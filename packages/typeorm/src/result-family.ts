import { migrationsOf } from './migrations/index.js';
import { checkLayout, checkSideTables, inspectLayout } from './result-layout.js';
import type { ResultLayout } from './result-layout.js';
import { resultTables } from './result-tables.js';
import type { ResultTableOptions, ResultTables } from './result-tables.js';
import type { TableFamily } from './table-family.js';

export interface ResultFamily extends TableFamily<ResultLayout> {
  readonly tables: ResultTables;
}

/** The tables of django-celery-results, and ours beside them, without which results are kept all the same. */
export function resultFamily(options: ResultTableOptions): ResultFamily {
  const tables = resultTables(options);
  return {
    kind: 'result',
    examples: `${tables.taskResult}, ${tables.calls}`,
    migrationsExport: 'resultMigrations()',
    loss: 'Revoked tasks, attempts, the arguments of calls and what beat has sent are not kept, results are.',
    tables,
    migrations: migrationsOf(tables),
    inspect: (pool) => inspectLayout(pool, tables),
    isMissing,
    isOptional: (name) => name.startsWith('SideTables'),
    check(layout, isComplete) {
      checkLayout(layout, tables);
      if (isComplete) checkSideTables(layout, tables);
    },
  };
}

function isMissing(name: string, { columns, missingSideTables }: ResultLayout): boolean {
  if (name.startsWith('InitialResults')) return columns.size === 0;
  if (name.startsWith('SideTables')) return missingSideTables.length > 0;
  return true;
}
