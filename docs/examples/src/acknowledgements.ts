import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, Reject, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class InvoiceTasks {
  /** Acknowledged when it is done: if the worker dies on the way, another one runs it. */
  @SharedTask({ name: 'invoices.print', acksLate: true })
  print(@Ctx() task: Injected<TaskContext>, id: number): string {
    if (!task.deliveryInfo.redelivered) throw new Reject('the printer is out of paper', true);
    return `invoice ${id} is printed`;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [InvoiceTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const result = await app.get(Celery).tasks(InvoiceTasks).print.delay(7);
console.log(await result.get({ timeout: 10 }));
await app.close();

// prints:
// invoice 7 is printed
