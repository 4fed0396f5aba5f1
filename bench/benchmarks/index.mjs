import { beatBurst } from './beat-burst.mjs';
import { beatLateness } from './beat-lateness.mjs';
import { beatAtRest } from './beat-rest.mjs';
import { cpuPool } from './cpu-pool.mjs';
import { cronNext } from './cron-next.mjs';
import { drainDb } from './drain-db.mjs';
import { drainIgnore } from './drain-ignore.mjs';
import { enqueueConfirm } from './enqueue-confirm.mjs';
import { etaLateness, etaMemory } from './eta-10k.mjs';
import { idleRss } from './idle-rss.mjs';
import { latencyDb } from './latency-db.mjs';
import { ready } from './ready.mjs';
import { sleepers } from './sleepers.mjs';

/**
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} unit
 * @property {boolean} [lowerIsBetter] of the figures, and of the ratio ours / Celery's
 * @property {string} goal
 * @property {string} workload what is done, in one line; also what Celery is given
 * @property {number} pairs how often each side runs
 * @property {(side: Side, stage: Stage, isPeer: boolean) => Promise<Sample>} run
 * @property {(stage: Stage) => Promise<Sample>} [raw] the same with nothing but amqplib, pg or cron-parser
 *
 * @typedef {import('../lib/side.mjs').Side} Side
 * @typedef {import('../lib/stage.mjs').Stage} Stage
 * @typedef {import('../lib/workloads.mjs').Sample} Sample
 */

/** By the name of the suite, in the order in which they run. @type {Readonly<Record<string, readonly Benchmark[]>>} */
export const suites = {
  worker: [enqueueConfirm, drainIgnore, drainDb, latencyDb, idleRss, ready, cpuPool, sleepers, etaMemory, etaLateness],
  beat: [...beatAtRest, beatBurst, beatLateness, cronNext],
};
