// npm run bench [-- [PATTERN] [--json]]: our speed and memory beside Python Celery's and the bare libraries'.
// PATTERN picks the benchmarks whose name contains it. With --json (and npm's -s) stdout is one JSON array of
// {name, ours, peer, ratio, unit}, the peer being Celery; what goes on is told on stderr.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks/index.mjs';
import { findCelery } from './lib/celery.mjs';
import { ours } from './lib/ours.mjs';
import { runInPairs } from './lib/pairs.mjs';
import { toJson, toTable } from './lib/report.mjs';
import { Stage } from './lib/stage.mjs';

/** All of them: on a busy machine each runs fewer pairs, at least one. */
const BUDGET_MS = 270_000;

/** @param {string} line */
const log = (line) => console.error(`bench: ${line}`);

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [pattern = ''] = positionals;
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
  const start = performance.now();
  try {
    const results = [];
    for (const [index, benchmark] of chosen.entries()) {
      const deadline = start + (BUDGET_MS * (index + 1)) / chosen.length;
      results.push({ benchmark, figures: await runInPairs(benchmark, { ours, celery, stage, deadline, log }) });
    }
    return results;
  } finally {
    await stage.close();
  }
}
