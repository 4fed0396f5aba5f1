import { latency } from '../lib/workloads.mjs';

const COUNT = 1_000;
const WARM_UP = 50;

/** @type {import('./index.mjs').Benchmark} */
export const latencyDb = {
  name: 'latency-db-p50-ms',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '3',
  workload: `${COUNT} delay().get(), one at a time, results in PostgreSQL; Celery: django-db, polled every 5 ms`,
  pairs: 2,
  run: (side, stage) => latency(side, stage, { count: COUNT, warmUp: WARM_UP }),
};
