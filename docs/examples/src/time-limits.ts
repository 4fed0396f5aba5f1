import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class ReportTasks {
  /** The signal goes to whatever takes one (`fetch`, timers, database drivers); the task may still tidy up. */
  @SharedTask({ name: 'reports.build', softTimeLimit: 0.1, timeLimit: 5 })
  async build(@Ctx() task: Injected<TaskContext>): Promise<string> {
    try {
      return await setTimeout(60_000, 'complete', { signal: task.signal });
    } catch {
      return `stopped half way: ${task.signal.reason}`;
    }
  }

  /** Does not listen: it is FAILURE all the same, and its slot is free. In the process pool its process is killed. */
  @SharedTask('reports.deaf')
  async deaf(): Promise<void> {
    await setTimeout(60_000, undefined, { ref: false });
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [ReportTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const reports = app.get(Celery).tasks(ReportTasks);
console.log(await (await reports.build.delay()).get({ timeout: 10 }));
const deaf = await reports.deaf.applyAsync([], { timeLimit: 0.1 });
console.log(String(await deaf.get({ timeout: 10 }).catch((error: unknown) => error)));
await app.close();

// prints:
// stopped half way: SoftTimeLimitExceeded: the soft time limit of 0.1 s has passed
// TimeLimitExceeded: the time limit of 0.1 s has passed
