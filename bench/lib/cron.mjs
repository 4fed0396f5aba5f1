import { fileURLToPath } from 'node:url';
import { BenchProcess } from './processes.mjs';

/**
 * Times per second that a process has found.
 * @param {BenchProcess} process says `ms` and `times`
 * @returns {Promise<import('./workloads.mjs').Sample>}
 */
export async function cronRate(process) {
  const ms = await process.says('ms');
  const times = await process.says('times');
  await process.exit;
  return { value: (times * 1000) / ms };
}

/**
 * @param {'ours' | 'cron-parser'} library
 * @param {number} count of times for each crontab in each zone
 */
export function startCron(library, count) {
  const file = fileURLToPath(new URL(`../cron/${library}.mjs`, import.meta.url));
  return new BenchProcess(process.execPath, [file, String(count)], { env: process.env });
}
