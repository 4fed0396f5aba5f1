/**
 * PostgreSQL as the result backend:
 *
 *     CeleryModule.forRoot({ resultBackend: typeormResults({ url: 'postgres://localhost/app' }) })
 *     CeleryModule.forRoot({ resultBackend: typeormResults({ dataSource: getDataSourceToken() }) })
 */
export { ChordCounter } from './entities/chord-counter.entity.js';
export { GroupResult } from './entities/group-result.entity.js';
export { TaskAttempt } from './entities/task-attempt.entity.js';
export { TaskCall } from './entities/task-call.entity.js';
export { TaskRerun } from './entities/task-rerun.entity.js';
export { TaskResult } from './entities/task-result.entity.js';
export { TaskRevocation } from './entities/task-revocation.entity.js';
export { migrateResults } from './migrate-results.js';
export { resultMigrations } from './migrations/index.js';
export type { ResultTableOptions } from './result-tables.js';
export type { InjectionToken, TypeormResultsOptions } from './results-options.js';
export type { ResultRetryOptions } from './retry.js';
export { createResultBackend, typeormResults } from './typeorm-results.js';
