import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, crontab, SharedTask } from 'nestjs-celery';
import { CeleryBeatModule } from 'nestjs-celery/beat';
import { InvalidPeriodicTask, PeriodicTasks, PeriodicTasksModule } from 'nestjs-celery/periodic-tasks';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

const waiting = new Map<string, () => void>();
const sentTo = (name: string) => new Promise<void>((resolve) => waiting.set(name, resolve));

@Injectable()
class ReportTasks {
  @SharedTask('reports.send')
  send(to: string): void {
    waiting.get(to)?.();
  }
}

/** With a result backend in PostgreSQL the schedules are there, and processes of their own may edit them. */
@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'memory://', beatScheduler: 'memory', timezone: 'Asia/Seoul' }),
    PeriodicTasksModule.forRoot({ controllers: false }),
    CeleryWorkerModule.forRoot(),
    CeleryBeatModule.forRoot(),
  ],
  providers: [ReportTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const tasks = app.get(PeriodicTasks);
const { send } = app.get(Celery).tasks(ReportTasks);

const schedule = crontab({ minute: 0, hour: 7, dayOfWeek: 'mon-fri' });
const { name, scheduleText } = await tasks.create({ name: 'morning', task: send.name, schedule, args: ['ann'] });
console.log(`${name}: ${scheduleText}`);

const from = new Date('2030-01-04T00:00:00Z');
for (const time of await tasks.nextRuns('morning', 2, from)) console.log(time.toISOString());

// beat sees an edit while it runs
const first = sentTo('bob');
await tasks.update('morning', { schedule: 0.1, args: ['bob'] });
await first;
console.log('bob has a report');
const { enabled, nextRunAt } = await tasks.disable('morning');
console.log(`enabled ${enabled}, next run ${String(nextRunAt)}`);

// now, whatever the schedule says
const again = sentTo('eve');
await tasks.update('morning', { args: ['eve'] });
await tasks.runNow('morning');
await again;
console.log('eve has one, too');

// by the rules of django-celery-beat, all at once
try {
  await tasks.create({ name: 'morning', task: '', schedule: 60, priority: 300, expireSeconds: -1 });
} catch (error) {
  if (error instanceof InvalidPeriodicTask) console.log(error.fields);
}
await app.close();

// prints:
// morning: crontab 0 7 * * mon-fri (m/h/dM/MY/d, Asia/Seoul)
// 2030-01-06T22:00:00.000Z
// 2030-01-07T22:00:00.000Z
// bob has a report
// enabled false, next run null
// eve has one, too
// {
//   task: [ 'This field cannot be blank.' ],
//   priority: [ 'Ensure this value is less than or equal to 255.' ],
//   expireSeconds: [ 'Ensure this value is greater than or equal to 0.' ]
// }
