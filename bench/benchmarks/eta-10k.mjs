import { holdEtas } from '../lib/workloads.mjs';

/** @typedef {import('../lib/side.mjs').Side} Side */
/** @typedef {import('../lib/stage.mjs').Stage} Stage */

const COUNT = 10_000;

/** One run of each side gives both figures. @type {Map<Side, Awaited<ReturnType<typeof holdEtas>>>} */
const figures = new Map();

/**
 * @param {Side} side
 * @param {Stage} stage
 */
async function measured(side, stage) {
  const known = figures.get(side) ?? (await holdEtas(side, stage, COUNT));
  figures.set(side, known);
  return known;
}

/** @type {import('./index.mjs').Benchmark} */
export const etaMemory = {
  name: 'eta-10k-mb',
  unit: 'MB',
  lowerIsBetter: true,
  goal: '40',
  workload: `what ${COUNT} tasks cost a worker that holds them for their etas: RSS; Celery: PSS of prefork -c 2`,
  pairs: 1,
  run: async (side, stage) => ({ value: (await measured(side, stage)).memory }),
};

/** @type {import('./index.mjs').Benchmark} */
export const etaLateness = {
  name: 'eta-10k-late-p99',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '50',
  workload: `how late the 99th percentile of ${COUNT} held tasks starts, 1,000 of which are due each second; Celery: prefork -c 2`,
  pairs: 1,
  run: async (side, stage) => ({ value: (await measured(side, stage)).lateness }),
};
