// npm run bench [-- [PATTERN] [--json]]: our speed and memory beside Python Celery's and the bare libraries'.
// npm run bench:beat: the same of beat.
// PATTERN picks the benchmarks whose name contains it. With --json (and npm's -s) stdout is one JSON array of
// {name, ours, peer, ratio, unit}, the peer being Celery; what goes on is told on stderr.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { suites } from './benchmarks/index.mjs';
import { findCelery } from './lib/celery.mjs';
import { ours } from './lib/ours.mjs';
import { toJson, toTable } from './lib/report.mjs';
import { Series } from './lib/series.mjs';
import { Stage } from './lib/stage.mjs';

/** No further pair begins after that: on a busy machine there are fewer, at least one of each benchmark. */
const BUDGET_MS = 240_000;

/** @param {string} line */
const log = (line) => console.error(`bench: ${line}`);

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, suite: { type: 'string', default: 'worker' } },
  allowPositionals: true,
});
const [pattern = ''] = positionals;
const benchmarks = suites[values.suite] ?? [];
const chosen = benchmarks.filter(({ name }) => name.includes(pattern));

if (chosen.length === 0) {
  log(`no benchmark is named '${pattern}': ${benchmarks.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  const results = await measure();
  console.log(values.json ? toJson(results) : toTable(results));
}

async function measure() {
  const { side: celery, summary } = await findCelery(log);
  log(`Node ${process.versions.node} beside ${summary}, on ${availableParallelism()} cores`);
  const stage = await Stage.open();
  try {
    return await runAll({ ours, celery, stage });
  } finally {
    await stage.close();
  }
}

/**
 * A pair of each benchmark, then a second of each …: what changes on the machine in these minutes meets all of them.
 * @param {Parameters<Series['runPair']>[0]} on
 */
async function runAll(on) {
  const all = chosen.map((benchmark) => new Series(benchmark));
  const deadline = performance.now() + BUDGET_MS;
  const isOpen = (/** @type {Series} */ series) =>
    !series.isComplete && (series.length === 0 || performance.now() < deadline);
  while (all.some(isOpen)) {
    for (const series of all) if (isOpen(series)) log(await series.runPair(on));
  }
  return all;
}
