import { rawConsume } from '../lib/raw.mjs';
import { drain } from '../lib/workloads.mjs';

const COUNT = 20_000;
const COUNT_CELERY = 10_000;

/** @type {import('./index.mjs').Benchmark} */
export const drainIgnore = {
  name: 'drain-ignore',
  unit: 'tasks/s',
  goal: '15,000, 3x',
  workload: `one worker, concurrency 100, empties ${COUNT} no-op tasks without results; Celery: ${COUNT_CELERY}, prefork -c 2; raw: amqplib, prefetch 100`,
  pairs: 3,
  run: (side, stage, isPeer) => drain(side, stage, { count: isPeer ? COUNT_CELERY : COUNT }),
  raw: (stage) => rawConsume(stage, COUNT),
};
