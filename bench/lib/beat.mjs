import { setTimeout as pause } from 'node:timers/promises';
import { cpuOf, cpuOfTree, TICK_US } from './proc-fs.mjs';

/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('./stage.mjs').Stage} Stage */
/** @typedef {import('./processes.mjs').BenchProcess} BenchProcess */
/** @typedef {import('./schedules.mjs').Schedules} Schedules */
/** @typedef {import('./arrivals.mjs').Arrivals} Arrivals */

/** After the start, until garbage is collected. */
const SETTLE_MS = 3_000;
const IDLE_MS = 10_000;
/** How long a message may be away. */
const PATIENCE_MS = 120_000;

/**
 * What a beat with many rows, none of which is due, costs.
 * @typedef {object} Rest
 * @property {number} ready seconds from the start of the process until all is loaded and planned
 * @property {number} cpu per cent of a core when nothing happens
 * @property {number} serverCpu the same of PostgreSQL's sessions for it; 0 when the server is on another machine
 * @property {number} memory MB, then
 * @property {number} edit milliseconds from an edit until it is in force: the row that it turns on has sent its message
 */

/**
 * @param {Side} side
 * @param {Stage} stage
 * @param {{ rows: number, edits: number }} counts
 * @returns {Promise<Rest>}
 */
export async function atRest(side, stage, { rows, edits }) {
  const schedules = await stage.schedules(side);
  await schedules.addIdle(rows);
  await schedules.addOff(edits);
  return withBeat(side, stage, schedules, async (beat, arrivals) => {
    const ready = ((await beat.says('ready')) - beat.startedAt) / 1000;
    await pause(SETTLE_MS);
    const idle = await idleCpu(beat, schedules);
    const memory = side.memory(beat.pid);
    return { ready, ...idle, memory, edit: await medianEdit(schedules, arrivals, edits) };
  });
}

/**
 * So many rows, due at times of equal distance; milliseconds.
 * @param {Side} side
 * @param {Stage} stage
 * @param {{ rows: number, spread: number, lead: number }} due all within `spread` milliseconds (0: at once), the first `lead` after the start
 * @returns {Promise<{ last: number, lateness: number, cpu: number }>} from the first due time to the last arrival, how late the 99th
 *   percentile of the messages came, and microseconds of CPU for each
 */
export async function firing(side, stage, { rows, spread, lead }) {
  const schedules = await stage.schedules(side);
  const from = Date.now() + lead;
  await schedules.addDue(rows, { from, spread });
  return withBeat(side, stage, schedules, async (beat, arrivals) => {
    if ((await beat.says('ready')) > from) throw new Error(`${rows} rows were not loaded within ${lead} ms.`);
    await pause(Math.max(0, from - 500 - Date.now()));
    const before = cpuOfTree(beat.pid);
    const all = await arrivals.until(rows, PATIENCE_MS);
    const cpu = (cpuOfTree(beat.pid) - before) / rows;
    if (all.length > rows) throw new Error(`${all.length} messages came for ${rows} runs.`);
    const late = all
      .map(({ name, at }) => at - Number(name.slice(name.lastIndexOf('-') + 1)))
      .toSorted((a, b) => a - b);
    if (Number(late[0]) < -EARLY_MS) throw new Error(`A message came ${-Number(late[0])} ms before it was due.`);
    return { last: Math.max(...all.map(({ at }) => at)) - from, lateness: late[Math.floor(rows * 0.99)] ?? NaN, cpu };
  });
}

/** Celery sends up to 10 ms early. */
const EARLY_MS = 15;

/**
 * @template T
 * @param {Side} side
 * @param {Stage} stage
 * @param {Schedules} schedules
 * @param {(beat: BenchProcess, arrivals: Arrivals) => Promise<T>} look
 */
async function withBeat(side, stage, schedules, look) {
  const arrivals = await stage.arrivals();
  const beat = side.startBeat(stage, schedules.url);
  try {
    return await look(beat, arrivals);
  } finally {
    await beat.stop();
    await arrivals.close();
  }
}

/**
 * @param {BenchProcess} beat
 * @param {Schedules} schedules
 */
async function idleCpu(beat, schedules) {
  const start = performance.now();
  const sessions = (await schedules.sessions()).map((pid) => ({ pid, before: cpuOf(pid) }));
  const before = cpuOfTree(beat.pid);
  await pause(IDLE_MS);
  const percent = (/** @type {number} */ us) => Math.max(us, TICK_US) / 10 / (performance.now() - start);
  // sessions that have ended since were idle ones of the pool
  const ofServer = sessions.reduce((sum, session) => sum + (cpuOf(session.pid) - session.before || 0), 0);
  return { cpu: percent(cpuOfTree(beat.pid) - before), serverCpu: percent(ofServer) };
}

/**
 * One edit after the other.
 * @param {Schedules} schedules
 * @param {Arrivals} arrivals
 * @param {number} edits
 */
async function medianEdit(schedules, arrivals, edits) {
  const times = [];
  for (let n = 0; n < edits; n++) {
    const start = Date.now();
    await schedules.turnOn(n);
    await arrivals.until(n + 1, PATIENCE_MS);
    times.push(Number(arrivals.all[n]?.at) - start);
  }
  return times.toSorted((a, b) => a - b)[edits >> 1] ?? NaN;
}
