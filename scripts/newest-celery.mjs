// node scripts/newest-celery.mjs: finds (or fetches) the newest Python Celery for the interop suite and the benchmarks.
// Says on stderr which one judges; stdout is one line of JSON: {python, pythonPath, celery, summary}.
import { findStack } from './python/find-stack.mjs';

/** @param {string} line */
const log = (line) => console.error(`python: ${line}`);

try {
  const stack = await findStack(log);
  log(`${stack.summary} judges (${stack.python})`);
  console.log(JSON.stringify(stack));
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
