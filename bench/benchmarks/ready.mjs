import { ready as timeToFirstTask } from '../lib/workloads.mjs';

/** @type {import('./index.mjs').Benchmark} */
export const ready = {
  name: 'ready-s',
  unit: 's',
  lowerIsBetter: true,
  goal: '1.5',
  workload: 'from the start of the process to its first task, results in PostgreSQL; Celery: prefork -c 2, django-db',
  pairs: 5,
  run: (side, stage) => timeToFirstTask(side, stage),
};
