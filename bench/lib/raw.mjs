import { fileURLToPath } from 'node:url';
import { BenchProcess } from './processes.mjs';
import { fill } from './workloads.mjs';

/** @typedef {import('./stage.mjs').Stage} Stage */
/** @typedef {import('./workloads.mjs').Sample} Sample */

/**
 * Messages of Celery's shape, published and confirmed by amqplib.
 * @param {Stage} stage
 * @param {number} count
 */
export function rawEnqueue(stage, count) {
  return measure('publish.mjs', stage.amqpUrl, stage.queue, count);
}

/**
 * Messages taken, parsed and acknowledged by amqplib.
 * @param {Stage} stage
 * @param {number} count
 */
export async function rawConsume(stage, count) {
  await fill(stage, count);
  return measure('consume.mjs', stage.amqpUrl, stage.queue, count);
}

/**
 * Results stored by pg.
 * @param {Stage} stage
 * @param {number} count
 */
export function rawUpsert(stage, count) {
  return measure('upsert.mjs', stage.databaseUrl, count);
}

/**
 * @param {string} script
 * @param {(string | number)[]} args of which the last is the count
 * @returns {Promise<Sample>}
 */
async function measure(script, ...args) {
  const file = fileURLToPath(new URL(`../raw/${script}`, import.meta.url));
  const child = new BenchProcess(process.execPath, [file, ...args.map(String)], { env: process.env });
  const ms = await child.says('ms');
  await child.exit;
  const count = Number(args.at(-1));
  return { value: (count * 1000) / ms, cpu: (await child.says('cpu')) / count };
}
