import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AfterReturn, BeforeStart, Celery, CeleryModule, OnFailure, OnSuccess, SharedTask } from 'nestjs-celery';
import type { BuiltInState, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class InvoiceTasks {
  @SharedTask('invoices.send')
  send(to: string): number {
    if (to === '') throw new RangeError('nobody to send it to');
    return to.length;
  }

  /** For every task of the class. */
  @BeforeStart()
  begin(task: TaskContext): void {
    console.log(`begin ${task.name}`);
  }

  /** For one: the compiler knows what it returns. */
  @OnSuccess('send')
  sent(characters: number): void {
    console.log(`sent to ${characters} characters`);
  }

  @OnFailure('send')
  failed(error: Error): void {
    console.log(`failed: ${error.message}`);
  }

  @AfterReturn()
  end(state: BuiltInState): void {
    console.log(state);
  }
}

@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }),
    CeleryWorkerModule.forRoot({ pool: 'solo' }),
  ],
  providers: [InvoiceTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const { send } = app.get(Celery).tasks(InvoiceTasks);
await send.delay('ann');
await (await send.delay('')).get({ timeout: 10, propagate: false });
await app.close(); // waits for the hooks, too

// prints:
// begin invoices.send
// sent to 3 characters
// SUCCESS
// begin invoices.send
// failed: nobody to send it to
// FAILURE
