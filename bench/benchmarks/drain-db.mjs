import { rawUpsert } from '../lib/raw.mjs';
import { drain } from '../lib/workloads.mjs';

const COUNT = 20_000;
const COUNT_CELERY = 2_000;

/** @type {import('./index.mjs').Benchmark} */
export const drainDb = {
  name: 'drain-db',
  unit: 'tasks/s',
  goal: '8,000, 10x',
  workload: `the same with results in PostgreSQL, until every row is there; Celery: ${COUNT_CELERY}, django-db with its connection kept open (CELERY_DB_REUSE_MAX), prefetch multiplier 64; raw: pg, the rows alone, 50 a statement`,
  pairs: 3,
  run: (side, stage, isPeer) => drain(side, stage, { count: isPeer ? COUNT_CELERY : COUNT, results: true }),
  raw: (stage) => rawUpsert(stage, COUNT),
};
