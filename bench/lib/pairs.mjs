/** @typedef {import('../benchmarks/index.mjs').Benchmark} Benchmark */
/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('./workloads.mjs').Sample} Sample */

/**
 * The medians of a benchmark's runs.
 * @typedef {object} Figures
 * @property {Sample} ours
 * @property {Sample} peer
 * @property {Sample | undefined} raw
 * @property {number} ratio ours / peer, the median over the pairs
 * @property {number} pairs that were run
 */

/**
 * Runs a benchmark in pairs, ours and the peer's one after the other, so that what else the machine does troubles both alike.
 * @param {Benchmark} benchmark
 * @param {{ ours: Side, celery: Side, stage: import('./stage.mjs').Stage, deadline: number, log: (line: string) => void }} on
 *   `deadline`, on `performance.now()`: no further pair is begun
 * @returns {Promise<Figures>}
 */
export async function runInPairs(benchmark, { ours, celery, stage, deadline, log }) {
  const { name, unit, run, raw } = benchmark;
  /** @type {{ ours: Sample, peer: Sample, raw: Sample | undefined }[]} */
  const pairs = [];
  while (pairs.length < benchmark.pairs && (pairs.length === 0 || performance.now() < deadline)) {
    const pair = {
      ours: await onClearStage(() => run(ours, stage, false)),
      peer: await onClearStage(() => run(celery, stage, true)),
      raw: raw && (await onClearStage(() => raw(stage))),
    };
    pairs.push(pair);
    log(`${name} ${pairs.length}/${benchmark.pairs}: ${short(pair.ours)} ours, ${short(pair.peer)} Celery, in ${unit}`);
  }
  return {
    ours: medianSample(pairs.map((pair) => pair.ours)),
    peer: medianSample(pairs.map((pair) => pair.peer)),
    raw: raw && medianSample(pairs.flatMap((pair) => pair.raw ?? [])),
    ratio: median(pairs.map((pair) => pair.ours.value / pair.peer.value)),
    pairs: pairs.length,
  };

  /** @param {() => Promise<Sample>} measure */
  async function onClearStage(measure) {
    await stage.clear();
    return measure();
  }
}

/** @param {Sample[]} samples */
function medianSample(samples) {
  const cpu = samples.flatMap((sample) => sample.cpu ?? []);
  return { value: median(samples.map((sample) => sample.value)), ...(cpu.length > 0 && { cpu: median(cpu) }) };
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [high = NaN, low = high] = [sorted[middle], sorted[sorted.length % 2 ? middle : middle - 1]];
  return (low + high) / 2;
}

/** @param {Sample} sample */
const short = ({ value }) => Number(value.toPrecision(3));
