import 'reflect-metadata';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Celery, CeleryModule, interval, OnTaskSignal, Periodic, SharedTask } from 'nestjs-celery';
import type { SignalPayload } from 'nestjs-celery';
import { runBeat } from 'nestjs-celery/beat';

let told: (headers: Record<string, unknown>) => void = () => {};
const sending = (name: string) =>
  new Promise<void>((resolve) => (told = (headers) => headers['periodic_task_name'] === name && resolve()));

@Injectable()
class MathTasks implements OnModuleInit {
  constructor(private readonly celery: Celery) {}

  @Periodic(0.2, { name: 'sum', args: [2, 3] })
  @SharedTask('math.add')
  add(x: number, y: number): number {
    return x + y;
  }

  /** Celery's `add_periodic_task`: before beat starts. */
  onModuleInit(): void {
    const { add } = this.celery.tasks(MathTasks);
    const name = this.celery.addPeriodicTask(interval({ hours: 1 }), add, { args: [4, 5], options: { queue: 'sums' } });
    console.log(`added ${name}`);
  }

  @OnTaskSignal('after_task_publish')
  sent({ headers }: SignalPayload<'after_task_publish'>): void {
    told(headers);
  }
}

/** Without a database the schedule is kept in a file, so that a restart goes on where the beat before ended. */
@Module({ imports: [CeleryModule.forRoot({ broker: 'memory://' })], providers: [MathTasks] })
class AppModule {}

const schedule = join(mkdtempSync(join(tmpdir(), 'beat-file-')), 'celerybeat-schedule.json');
const options = { schedule, argv: [], signals: false, quiet: true };
for (const round of ['first', 'second']) {
  const sum = sending('sum');
  const beat = await runBeat(AppModule, options);
  await sum;
  await beat.stop();
  const { entries } = JSON.parse(readFileSync(schedule, 'utf8')) as { entries: Record<string, unknown> };
  console.log(`after the ${round} beat the file knows of ${Object.keys(entries).join(' and ')}`);
}

// prints:
// added math.add(4, 5)
// after the first beat the file knows of sum and math.add(4, 5)
// added math.add(4, 5)
// after the second beat the file knows of sum and math.add(4, 5)
