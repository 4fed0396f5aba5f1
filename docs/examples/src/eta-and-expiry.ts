import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class ReminderTasks {
  @SharedTask('reminders.send')
  send(what: string): string {
    return `reminded of ${what}`;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [ReminderTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const { send } = app.get(Celery).tasks(ReminderTasks);
console.log(await (await send.delay('the past')).get({ timeout: 10 }));
const startedAt = performance.now();
const soon = await send.applyAsync(['the call'], { countdown: 1 });
// it expires before it may start, so it never does
const never = await send.applyAsync(['nothing'], { countdown: 2.5, expires: 2 });
console.log(await soon.get({ timeout: 10 }), performance.now() - startedAt >= 995);
console.log(String(await never.get({ timeout: 10 }).catch((error: unknown) => error)));
await app.close();

// prints:
// reminded of the past
// reminded of the call true
// TaskRevokedError: expired
