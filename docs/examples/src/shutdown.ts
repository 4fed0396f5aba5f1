import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

let begin: () => void = () => {};
const begun = new Promise<void>((resolve) => (begin = resolve));

@Injectable()
class CrunchTasks {
  /** Late ack: what a shutdown cuts off, another worker runs again. */
  @SharedTask({ name: 'crunch.run', acksLate: true })
  async run(@Ctx() task: Injected<TaskContext>): Promise<string> {
    if (task.deliveryInfo.redelivered) return 'finished by the second worker';
    console.log('the first worker has begun');
    begin();
    return setTimeout(60_000, 'too late', { signal: task.signal });
  }
}

const settings = { broker: 'memory://shutdown', resultBackend: 'memory://shutdown', workerShutdownTimeout: 0.1 };

@Module({ imports: [CeleryModule.forRoot(settings)] })
class WebModule {}

@Module({ imports: [CeleryModule.forRoot(settings), CeleryWorkerModule.forRoot()], providers: [CrunchTasks] })
class WorkerModule {}

const web = await NestFactory.createApplicationContext(WebModule, { logger: false });
const first = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
const result = await web.get(Celery).tasks(CrunchTasks).run.delay();
await begun;
await first.close(); // as on SIGTERM: no new tasks, 0.1 s for those that run, the rest goes back
console.log('the first worker is closed');
const second = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
console.log(await result.get({ timeout: 10 }));
await second.close();
await web.close();

// prints:
// the first worker has begun
// the first worker is closed
// finished by the second worker
