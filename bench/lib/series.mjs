/** @typedef {import('../benchmarks/index.mjs').Benchmark} Benchmark */
/** @typedef {import('./side.mjs').Side} Side */
/** @typedef {import('./stage.mjs').Stage} Stage */
/** @typedef {import('./workloads.mjs').Sample} Sample */

/**
 * The medians of a benchmark's runs.
 * @typedef {object} Figures
 * @property {Sample} ours
 * @property {Sample} peer
 * @property {Sample | undefined} raw
 * @property {number} ratio ours / peer, pair by pair
 * @property {number} pairs that were run
 */

/** The runs of one benchmark: in pairs, ours and the peer's one after the other, so that what else the machine does troubles both. */
export class Series {
  /** @type {{ ours: Sample, peer: Sample, raw: Sample | undefined }[]} */
  #pairs = [];

  /** @param {Benchmark} benchmark */
  constructor(benchmark) {
    this.benchmark = benchmark;
  }

  get length() {
    return this.#pairs.length;
  }

  get isComplete() {
    return this.#pairs.length >= this.benchmark.pairs;
  }

  /**
   * @param {{ ours: Side, celery: Side, stage: Stage }} on
   * @returns {Promise<string>} what came out, for the log
   */
  async runPair({ ours, celery, stage }) {
    const { name, unit, run, raw } = this.benchmark;
    const onClearStage = async (/** @type {() => Promise<Sample>} */ measure) => {
      await stage.clear();
      return measure();
    };
    const pair = {
      ours: await onClearStage(() => run(ours, stage, false)),
      peer: await onClearStage(() => run(celery, stage, true)),
      raw: raw && (await onClearStage(() => raw(stage))),
    };
    this.#pairs.push(pair);
    return `${name} ${this.length}/${this.benchmark.pairs}: ours ${short(pair.ours)}, Celery ${short(pair.peer)} ${unit}`;
  }

  /** @returns {Figures} */
  figures() {
    const pairs = this.#pairs;
    return {
      ours: medianSample(pairs.map((pair) => pair.ours)),
      peer: medianSample(pairs.map((pair) => pair.peer)),
      raw: this.benchmark.raw && medianSample(pairs.flatMap((pair) => pair.raw ?? [])),
      ratio: median(pairs.map((pair) => pair.ours.value / pair.peer.value)),
      pairs: pairs.length,
    };
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
