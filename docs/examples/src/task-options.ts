import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class ReportTasks {
  /** What every call and every run of this task is like, unless a call or `taskAnnotations` says otherwise. */
  @SharedTask({
    name: 'reports.send',
    params: ['to', 'pages'],
    timeLimit: 60,
    softTimeLimit: 50,
    priority: 3,
    shadowName: ([to]) => `report for ${String(to)}`,
  })
  send(@Ctx() task: Injected<TaskContext>, to: string, pages: number): string {
    const { soft, hard } = task.timeLimits;
    return `${pages} pages to ${to}: priority ${task.deliveryInfo.priority}, limits ${soft} and ${hard} s, shown as '${task.shadow}'`;
  }
}

@Module({
  imports: [
    CeleryModule.forRoot({
      broker: 'memory://',
      resultBackend: 'memory://',
      taskAnnotations: { 'reports.send': { softTimeLimit: 40 } },
    }),
    CeleryWorkerModule.forRoot(),
  ],
  providers: [ReportTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const { send } = app.get(Celery).tasks(ReportTasks);
console.log(await (await send.delay('a@b.c', 3)).get({ timeout: 10 }));
console.log(await (await send.applyAsync(['d@e.f', 5], { priority: 9, timeLimit: 90 })).get({ timeout: 10 }));
const wrong = send.applyAsync(['d@e.f', 5], { priority: 999 });
console.log(String(await wrong.catch((error: unknown) => error)));
await app.close();

// prints:
// 3 pages to a@b.c: priority 3, limits 40 and 60 s, shown as 'report for a@b.c'
// 5 pages to d@e.f: priority 9, limits 40 and 90 s, shown as 'report for d@e.f'
// ImproperlyConfigured: The call of task 'reports.send': 'priority' expects a whole number from 0 to 255, not 999.
