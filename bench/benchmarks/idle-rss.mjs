import { idleMemory } from '../lib/workloads.mjs';

const IDLE_MS = 5_000;

/** @type {import('./index.mjs').Benchmark} */
export const idleRss = {
  name: 'idle-rss-mb',
  unit: 'MB',
  lowerIsBetter: true,
  goal: '110',
  workload:
    'RSS of a worker with results in PostgreSQL, idle for 5 s after one task; Celery: PSS of prefork -c 2, django-db',
  pairs: 2,
  run: (side, stage) => idleMemory(side, stage, IDLE_MS),
};
