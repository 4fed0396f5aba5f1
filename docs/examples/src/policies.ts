import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CeleryModule, crontab, Periodic, SharedTask } from 'nestjs-celery';
import { CeleryBeatModule } from 'nestjs-celery/beat';
import { PeriodicTasks, PeriodicTasksModule } from 'nestjs-celery/periodic-tasks';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

let finish: () => void = () => {};
const finished = new Promise<void>((resolve) => (finish = resolve));

@Injectable()
class ImportTasks {
  /** Due every 100 ms. While a run lasts, what is due is left out: Celery would send it, and runs would pile up. */
  @Periodic(0.1, { name: 'import', overlap: 'skip' })
  @SharedTask('import.rows')
  rows(): Promise<void> {
    return finished;
  }

  /**
   * At four in the morning; where no beat ran then, within the next two hours or not at all. Celery's way is 'fire-once' without a limit;
   * 'fire-all' makes up for each night that was missed. Up to ten minutes later by chance, so that not all ask the same server at once.
   */
  @Periodic(crontab({ hour: 4, minute: 0 }), { name: 'nightly', misfire: 'fire-once', grace: 7200, jitter: 600 })
  @SharedTask('import.all')
  all(): void {}

  /** Not before, and not made up for then. */
  @Periodic(0.1, { name: 'announced', pauseUntil: new Date('2100-01-01') })
  @SharedTask('import.announce')
  announce(): void {
    throw new Error('too early');
  }
}

@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://', beatScheduler: 'memory' }),
    PeriodicTasksModule.forRoot({ controllers: false }),
    CeleryWorkerModule.forRoot(),
    CeleryBeatModule.forRoot(),
  ],
  providers: [ImportTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const tasks = app.get(PeriodicTasks);
const runs = async () => [...(await tasks.history('import'))].reverse();
const count = async (wanted: string) => (await runs()).filter(({ status }) => status === wanted).length;
while ((await count('skipped')) < 2) await turn();
for (const { status, reason } of (await runs()).slice(0, 3)) {
  console.log(reason === null ? status : `${status}: ${reason.replace(/, [0-9a-f-]{36},/, '')}`);
}
finish();
while ((await count('sent')) < 2) await turn();
console.log('sent again');
console.log('announced:', (await tasks.get('announced')).nextRunAt?.getUTCFullYear(), await tasks.history('announced'));
const { misfire, grace, jitter, overlap } = (await tasks.get('nightly')).policy;
console.log({ misfire, grace, jitter, overlap });
await app.close();

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

// prints:
// sent
// skipped: the run before has not ended
// skipped: the run before has not ended
// sent again
// announced: 2100 []
// { misfire: 'fire-once', grace: 7200, jitter: 600, overlap: 'allow' }
