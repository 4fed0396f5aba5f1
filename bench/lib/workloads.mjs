import { cpuOfTree } from './proc-fs.mjs';
import { ours } from './ours.mjs';

/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('./stage.mjs').Stage} Stage */
/** @typedef {import('./processes.mjs').BenchProcess} BenchProcess */

/**
 * What one run gave.
 * @typedef {object} Sample
 * @property {number} value in the benchmark's unit
 * @property {number} [cpu] microseconds of the process's CPU for one operation: hardly moved by what else the machine does
 */

/**
 * Puts messages into the queue. For both sides they are ours, so that both take the same.
 * @param {Stage} stage
 * @param {number} count
 * @param {boolean} [results]
 */
export async function fill(stage, count, results = false) {
  await finish(ours.startClient(stage, { command: 'enqueue', count, results }), 'ms');
}

/**
 * Calls, each of which is over when the broker has confirmed it; per second.
 * @param {Side} side
 * @param {Stage} stage
 * @param {number} count
 * @returns {Promise<Sample>}
 */
export async function enqueue(side, stage, count) {
  const client = side.startClient(stage, { command: 'enqueue', count, warmUp: count / 20 });
  const ms = await finish(client, 'ms');
  return { value: perSecond(count, ms), cpu: (await client.says('cpu')) / count };
}

/**
 * A worker empties a full queue; tasks per second from the first execution to the last, or, with results, to the last row.
 * @param {Side} side
 * @param {Stage} stage
 * @param {{ count: number, results?: boolean }} options
 * @returns {Promise<Sample>}
 */
export async function drain(side, stage, { count, results = false }) {
  await fill(stage, count, results);
  const worker = side.startWorker(stage, { tasks: count, results });
  try {
    const first = await worker.says('first');
    const before = cpuOfTree(worker.pid);
    const last = await worker.says('last');
    const end = results ? await stage.allStored(count) : last;
    const cpu = (cpuOfTree(worker.pid) - before) / count;
    return { value: perSecond(count, end - first), cpu };
  } finally {
    await worker.stop();
    await checkDrained(stage, count, results);
  }
}

/**
 * @param {Stage} stage
 * @param {number} count
 * @param {boolean} results
 */
async function checkDrained(stage, count, results) {
  const left = await stage.depth();
  if (left > 0) throw new Error(`${left} of ${count} messages were left in the queue.`);
  const stored = results ? await stage.storedRows() : count;
  if (stored !== count) throw new Error(`${stored} results are stored instead of ${count}.`);
}

/**
 * `delay().get()`, one at a time, with results in PostgreSQL; milliseconds of the median call.
 * @param {Side} side
 * @param {Stage} stage
 * @param {{ count: number, warmUp: number }} calls
 * @returns {Promise<Sample>}
 */
export async function latency(side, stage, calls) {
  const worker = side.startWorker(stage, { tasks: 0, results: true });
  try {
    return { value: await finish(side.startClient(stage, { command: 'latency', results: true, ...calls }), 'p50') };
  } finally {
    await worker.stop();
  }
}

/**
 * A worker that has run one task, `idleMs` later; MB.
 * @param {Side} side
 * @param {Stage} stage
 * @param {number} idleMs
 * @returns {Promise<Sample>}
 */
export async function idleMemory(side, stage, idleMs) {
  return withReadyWorker(side, stage, async (worker) => {
    await pause(idleMs);
    return { value: side.memory(worker.pid) };
  });
}

/**
 * From the start of a worker's process to its first task; seconds.
 * @param {Side} side
 * @param {Stage} stage
 * @returns {Promise<Sample>}
 */
export async function ready(side, stage) {
  return withReadyWorker(side, stage, async (worker, first) => ({ value: (first - worker.startedAt) / 1000 }));
}

/**
 * Tasks that a worker holds until their etas, which lie half a minute ahead and are spread over 10 s.
 * @param {Side} side
 * @param {Stage} stage
 * @param {number} count
 * @returns {Promise<{ memory: number, lateness: number }>} MB that they cost just before the first is due, and milliseconds that the 99th percentile came too late
 */
export async function holdEtas(side, stage, count) {
  await fill(stage, 1);
  const worker = side.startWorker(stage, { tasks: count, etas: true });
  try {
    await worker.says('first');
    await pause(SETTLE_MS);
    const before = side.memory(worker.pid);
    const due = await finish(ours.startClient(stage, { command: 'schedule', count }), 'due');
    await pause(due - SETTLE_MS - Date.now());
    const memory = side.memory(worker.pid) - before;
    if ((await worker.says('earliest')) < -1) throw new Error('A task ran before its eta.');
    return { memory, lateness: await worker.says('late99') };
  } finally {
    await worker.stop();
  }
}

const SETTLE_MS = 2_000;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param {Side} side
 * @param {Stage} stage
 * @param {(worker: BenchProcess, first: number) => Promise<Sample>} look
 */
async function withReadyWorker(side, stage, look) {
  await fill(stage, 1, true);
  const worker = side.startWorker(stage, { tasks: 1, results: true });
  try {
    return await look(worker, await worker.says('first'));
  } finally {
    await worker.stop();
  }
}

/**
 * What a process says, once it has ended.
 * @param {BenchProcess} process
 * @param {string} key
 */
async function finish(process, key) {
  const value = await process.says(key);
  await process.exit;
  return value;
}

/**
 * @param {number} count
 * @param {number} ms
 */
const perSecond = (count, ms) => (count * 1000) / ms;
