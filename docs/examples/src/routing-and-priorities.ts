import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

const order: string[] = [];

@Injectable()
class ShopTasks {
  @SharedTask('shop.pack')
  pack(@Ctx() task: Injected<TaskContext>, what: string): void {
    order.push(`${what} (${task.deliveryInfo.routingKey}, priority ${task.deliveryInfo.priority})`);
  }
}

const settings = {
  broker: 'memory://routing',
  resultBackend: 'memory://routing',
  taskQueues: [{ name: 'shop', maxPriority: 9 }],
  taskRoutes: { 'shop.*': { queue: 'shop' } },
};

@Module({ imports: [CeleryModule.forRoot(settings)] })
class WebModule {}

/** One at a time, and nothing fetched that cannot start: the order is the broker's. */
@Module({
  imports: [CeleryModule.forRoot(settings), CeleryWorkerModule.forRoot({ pool: 'solo', prefetchMultiplier: 1 })],
  providers: [ShopTasks],
})
class WorkerModule {}

const web = await NestFactory.createApplicationContext(WebModule, { logger: ['error'] });
const { pack } = web.get(Celery).tasks(ShopTasks);
await pack.applyAsync(['an ordinary parcel'], { priority: 1 });
const last = await pack.applyAsync(['another one'], { priority: 1 });
await pack.applyAsync(['an express parcel'], { priority: 9 });
const worker = await NestFactory.createApplicationContext(WorkerModule, { logger: ['error'] });
await last.get({ timeout: 10 });
console.log(order.join('\n'));
await worker.close();
await web.close();

// prints:
// an express parcel (shop, priority 9)
// an ordinary parcel (shop, priority 1)
// another one (shop, priority 1)
