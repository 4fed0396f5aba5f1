import { duration } from '../lib/pools.mjs';

const COUNT = 1000;

/** @type {import('./index.mjs').Benchmark} */
export const sleepers = {
  name: 'sleepers-s',
  unit: 's',
  lowerIsBetter: true,
  goal: '3',
  workload: `${COUNT} tasks that sleep for 1 s, in one worker with room for all of them; Celery: threads -c ${COUNT}`,
  pairs: 2,
  run: (side, stage, isPeer) =>
    duration(side, stage, {
      task: 'rest',
      count: COUNT,
      ms: 1000,
      flags: ['-P', isPeer ? 'threads' : 'async', '-c', String(COUNT)],
    }),
};
