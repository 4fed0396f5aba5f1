import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, OnTaskSignal, SharedTask } from 'nestjs-celery';
import type { Injected, SignalPayload, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class MathTasks {
  @SharedTask('math.root')
  root(@Ctx() task: Injected<TaskContext>, x: number): number {
    if (x < 0) throw new RangeError(`for ${String(task.headers['tenant'])} there is no root of ${x}`);
    return Math.sqrt(x);
  }
}

/** Any provider with one instance may listen, in a web process, a worker or beat. */
@Injectable()
class Audit {
  @OnTaskSignal('before_task_publish')
  stamp({ headers }: SignalPayload<'before_task_publish'>): void {
    headers['tenant'] = 'acme';
  }

  @OnTaskSignal('task_failure', { sender: 'math.root' })
  failed({ sender, exception }: SignalPayload<'task_failure'>): void {
    console.log(`${sender}: ${String(exception)}`);
  }

  @OnTaskSignal('worker_shutdown')
  gone(): void {
    console.log('the worker is gone');
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [MathTasks, Audit],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const celery = app.get(Celery);
// without a decorator: a receiver, and an Observable
const stop = celery.signals.connect('after_task_publish', ({ sender }) => console.log(`${sender} is sent`));
celery.signal$('task_success').subscribe(({ result }) => console.log(`the root is ${String(result)}`));

const { root } = celery.tasks(MathTasks);
await (await root.delay(9)).get({ timeout: 10 });
stop();
await (await root.delay(-1)).get({ timeout: 10, propagate: false });
await app.close();

// prints:
// math.root is sent
// the root is 3
// math.root: RangeError: for acme there is no root of -1
// the worker is gone
