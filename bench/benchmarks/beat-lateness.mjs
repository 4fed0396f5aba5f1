import { firing } from '../lib/beat.mjs';

const A_SECOND = 200;
const SECONDS = 20;
/** In which the beat starts. */
const LEAD_MS = 8_000;

/** @type {import('./index.mjs').Benchmark} */
export const beatLateness = {
  name: 'beat-late-p99',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '100',
  workload: `${A_SECOND} rows due each second for ${SECONDS} s, at times of equal distance: how late the 99th percentile of the messages is in the queue; Celery: the same, django-celery-beat`,
  pairs: 1,
  run: async (side, stage) => {
    const { lateness, cpu } = await firing(side, stage, {
      rows: A_SECOND * SECONDS,
      spread: SECONDS * 1000,
      lead: LEAD_MS,
    });
    return { value: lateness, cpu };
  },
};
