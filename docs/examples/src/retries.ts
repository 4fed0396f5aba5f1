import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

class ConnectionLost extends Error {}

@Injectable()
class MailTasks {
  /** Every ConnectionLost is tried again, after 0 s, up to twice; in earnest: `retryBackoff: true` instead of a countdown. */
  @SharedTask({ name: 'mail.send', autoretryFor: [ConnectionLost], retryKwargs: { countdown: 0, maxRetries: 2 } })
  send(@Ctx() task: Injected<TaskContext>, to: string): string {
    console.log(`run ${task.retries + 1}`);
    if (task.retries < 2) throw new ConnectionLost('the server hung up');
    return `sent to ${to}`;
  }

  /** The task decides itself, and says why. */
  @SharedTask({ name: 'mail.poll', maxRetries: 1 })
  poll(@Ctx() task: Injected<TaskContext>): never {
    task.retry({ countdown: 0, exc: new RangeError('the mailbox is still empty') });
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [MailTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const mail = app.get(Celery).tasks(MailTasks);
console.log(await (await mail.send.delay('a@b.c')).get({ timeout: 10 }));
const polling = await mail.poll.delay();
console.log(String(await polling.get({ timeout: 10 }).catch((error: unknown) => error)));
await app.close();

// prints:
// run 1
// run 2
// run 3
// sent to a@b.c
// RangeError: the mailbox is still empty
