import { ours } from '../lib/ours.mjs';
import { rate } from '../lib/pools.mjs';

const COUNT = 500;
/** Until then the spare child has booted. */
const WARM_UP = 200;
const MS = 20;

/** @type {Parameters<typeof rate>[2]} */
const work = { task: 'burn', count: COUNT, warmUp: WARM_UP, ms: MS, flags: ['-P', 'prefork', '-c', '2'] };

/** @type {import('./index.mjs').Benchmark} */
export const cpuPool = {
  name: 'cpu-pool',
  unit: 'tasks/s',
  goal: "1x, 1.3x the loop's",
  workload: `${COUNT - WARM_UP} tasks that use ${MS} ms of CPU, by two processes; Celery: prefork -c 2; raw: ours on one event loop`,
  pairs: 3,
  run: (side, stage) => rate(side, stage, work),
  raw: (stage) => rate(ours, stage, { ...work, flags: ['-P', 'async', '-c', '4'] }),
};
