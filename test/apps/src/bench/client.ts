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
 */
const commands = { enqueue, latency };

const [command = '', count = '0', warmUp = '0'] = process.argv.slice(2);
const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error', 'warn'] });
const { add } = app.get(Celery).tasks(BenchTasks);
if (command === 'enqueue' || command === 'latency') await commands[command](add, Number(count), Number(warmUp));
await app.close();

type Add = Tasks<BenchTasks>['add'];

async function enqueue(add: Add, count: number, warmUp: number): Promise<void> {
  await send(add, warmUp);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await send(add, count);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  say({ ms, cpu: user + system });
}

async function send(add: Add, count: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await add.delay(n, n);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function latency(add: Add, count: number, warmUp: number): Promise<void> {
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
