import { ours } from './ours.mjs';
import { cpuOfTree } from './proc-fs.mjs';

/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('./stage.mjs').Stage} Stage */
/** @typedef {import('./workloads.mjs').Sample} Sample */

/**
 * @typedef {object} Work
 * @property {'burn' | 'rest'} task
 * @property {number} count
 * @property {number} ms what each is told to use, or to wait
 * @property {string[]} flags of the worker
 */

/**
 * A worker empties a queue of tasks that take their time; tasks per second after `warmUp` of them.
 * @param {Side} side
 * @param {Stage} stage
 * @param {Work & { warmUp: number }} work
 * @returns {Promise<Sample>}
 */
export function rate(side, stage, { warmUp, ...work }) {
  return withWorker(side, stage, work, async (worker) => {
    const first = await worker.says('ran', warmUp);
    const before = cpuOfTree(worker.pid);
    const last = await worker.says('ran', work.count);
    const measured = work.count - warmUp;
    return { value: (measured * 1000) / (last - first), cpu: (cpuOfTree(worker.pid) - before) / measured };
  });
}

/**
 * The same; seconds from the start of the first task to the end of the last.
 * @param {Side} side
 * @param {Stage} stage
 * @param {Work} work
 * @returns {Promise<Sample>}
 */
export function duration(side, stage, work) {
  return withWorker(side, stage, work, async (worker) => {
    const last = await worker.says('ran', work.count);
    return { value: (last - (await worker.says('began'))) / 1000 };
  });
}

/**
 * @param {Side} side
 * @param {Stage} stage
 * @param {Work} work
 * @param {(worker: import('./processes.mjs').BenchProcess) => Promise<Sample>} look
 */
async function withWorker(side, stage, { task, count, ms, flags }, look) {
  const client = ours.startSender(stage, `bench.${task}`, count, ms);
  await client.says('sent');
  await client.exit;
  const worker = side.startWorker(stage, { tasks: count, flags });
  try {
    return await look(worker);
  } finally {
    await worker.stop();
  }
}
