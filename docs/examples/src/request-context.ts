import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, currentTask, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

/** Knows nothing of Celery but `currentTask()`, which finds the running task across every await. */
@Injectable()
class Audit {
  async note(what: string): Promise<void> {
    const task = currentTask();
    console.log(`${what}, by ${task?.name} for ${String(task?.headers['tenant'])}`);
  }
}

@Injectable()
class OrderTasks {
  constructor(private readonly audit: Audit) {}

  @SharedTask('orders.ship')
  async ship(@Ctx() task: Injected<TaskContext>, order: number): Promise<string> {
    await this.audit.note(`order ${order} is packed`);
    return `run ${task.retries + 1}, queue ${task.deliveryInfo.routingKey}`;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [Audit, OrderTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const { ship } = app.get(Celery).tasks(OrderTasks);
const result = await ship.applyAsync([42], { headers: { tenant: 'acme' } });
console.log(await result.get({ timeout: 10 }));
await app.close();

// prints:
// order 42 is packed, by orders.ship for acme
// run 1, queue celery
