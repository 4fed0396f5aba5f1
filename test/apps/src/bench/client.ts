import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Celery } from 'nestjs-celery';
import type { Tasks } from 'nestjs-celery';
import { BenchModule } from './bench.module.js';
import { BenchTasks } from './bench.tasks.js';
import { say } from './say.js';

/** Calls that are under way at a time: each is awaited, none waits for another. */
const LANES = 100;

/**
 * node client.js COMMAND COUNT [WARM-UP], and a line of JSON at the end:
 * enqueue: milliseconds and microseconds of CPU for COUNT confirmed calls
 * latency: the milliseconds of the median call of `delay().get()`, one at a time
 * schedule: sends COUNT calls of `due`, their etas spread evenly over SPREAD_MS; says when the first is due, in epoch milliseconds
 */
const commands = { enqueue, latency, schedule };
const LEAD_MS = 30_000;
const SPREAD_MS = 10_000;

const [command = '', count = '0', warmUp = '0'] = process.argv.slice(2);
const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error', 'warn'] });
const tasks = app.get(Celery).tasks(BenchTasks);
if (Object.hasOwn(commands, command)) {
  await commands[command as keyof typeof commands](tasks, Number(count), Number(warmUp));
}
await app.close();

type BenchCalls = Tasks<BenchTasks>;

async function enqueue({ add }: BenchCalls, count: number, warmUp: number): Promise<void> {
  await send(add, warmUp);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await send(add, count);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  say({ ms, cpu: user + system });
}

function send(add: BenchCalls['add'], count: number): Promise<void> {
  return inLanes(count, (n) => add.delay(n, n));
}

async function schedule({ due }: BenchCalls, count: number): Promise<void> {
  const start = Date.now();
  await inLanes(count, (n) => {
    const at = start + LEAD_MS + Math.floor((n * SPREAD_MS) / count);
    return due.applyAsync([at], { eta: new Date(at) });
  });
  say({ due: start + LEAD_MS });
}

async function inLanes(count: number, call: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await call(n);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function latency({ add }: BenchCalls, count: number, warmUp: number): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < warmUp + count; n++) {
    const start = performance.now();
    const sum = await (await add.delay(n, n)).get({ timeout: 30 });
    if (sum !== 2 * n) throw new Error(`${n} + ${n} came back as ${sum}`);
    if (n >= warmUp) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  say({ p50: times[Math.floor(count * 0.5)] ?? 0, p99: times[Math.floor(count * 0.99)] ?? 0 });
}
