import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Celery } from 'nestjs-celery';
import { BenchModule } from './bench.module.js';
import { say } from './say.js';

/** node send.js TASK COUNT ARG: sends COUNT calls of a task with a number, and says how many. */
const [task = '', count = '0', arg = '0'] = process.argv.slice(2);
const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error', 'warn'] });
const celery = app.get(Celery);
const calls = Array.from({ length: Number(count) }, () => celery.sendTask(task, [Number(arg)]));
await Promise.all(calls);
say({ sent: calls.length });
await app.close();
