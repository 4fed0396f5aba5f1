import { rawEnqueue } from '../lib/raw.mjs';
import { enqueue } from '../lib/workloads.mjs';

const COUNT = 20_000;
/** It waits for each confirm. */
const COUNT_CELERY = 3_000;

/** @type {import('./index.mjs').Benchmark} */
export const enqueueConfirm = {
  name: 'enqueue-confirm',
  unit: 'messages/s',
  goal: '8,000',
  workload: `${COUNT} confirmed calls, 100 at a time; Celery: ${COUNT_CELERY} with confirm_publish; raw: amqplib, 100 at a time`,
  pairs: 3,
  run: (side, stage, isPeer) => enqueue(side, stage, isPeer ? COUNT_CELERY : COUNT),
  raw: (stage) => rawEnqueue(stage, COUNT),
};
