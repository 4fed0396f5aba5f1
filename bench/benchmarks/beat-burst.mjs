import { firing } from '../lib/beat.mjs';

const ROWS = 1_000;
/** In which the beat starts. */
const LEAD_MS = 8_000;

/** @type {import('./index.mjs').Benchmark} */
export const beatBurst = {
  name: 'beat-burst-1000',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '1000',
  workload: `${ROWS} rows due at the same time, from then until the last message is in the queue; Celery: the same, django-celery-beat`,
  pairs: 3,
  run: async (side, stage) => {
    const { last, cpu } = await firing(side, stage, { rows: ROWS, spread: 0, lead: LEAD_MS });
    return { value: last, cpu };
  },
};
