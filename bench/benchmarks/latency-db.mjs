import { latency } from '../lib/workloads.mjs';

const COUNT = 1_000;
/** Each takes it ten times as long. */
const COUNT_CELERY = 300;
const WARM_UP = 50;

/** @type {import('./index.mjs').Benchmark} */
export const latencyDb = {
  name: 'latency-db-p50-ms',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '3',
  workload: `${COUNT} delay().get(), one at a time, results in PostgreSQL; Celery: ${COUNT_CELERY}, django-db, polled every 5 ms`,
  pairs: 2,
  run: (side, stage, isPeer) => latency(side, stage, { count: isPeer ? COUNT_CELERY : COUNT, warmUp: WARM_UP }),
};
