import { Test } from '@nestjs/testing';
import type { CompiledConfig } from '@nestjs-celery/core';
import { CeleryModule, crontab, getCeleryConfigToken, getScheduleDatabaseToken } from '../index.js';
import type { CeleryOptions, ScheduleDatabase } from '../index.js';
import { PeriodicTasks, PeriodicTasksModule } from '../periodic-tasks/index.js';
import { CeleryTesting, CeleryTestingModule } from './index.js';

const compile = (options: CeleryOptions) =>
  Test.createTestingModule({ imports: [CeleryModule.forRoot(options), CeleryTestingModule] }).compile();

describe('the schedules of an app under CeleryTestingModule', () => {
  it('are in memory that nobody else sees, wherever beatScheduler keeps them', async () => {
    const never = () => {
      throw new Error('made');
    };
    const apps = await Promise.all([
      compile({ beatScheduler: never }),
      compile({ beatScheduler: 'file' }),
      compile({ beatScheduler: 'database' }),
    ]);
    const urls = apps.map((each) => each.get<ScheduleDatabase>(getScheduleDatabaseToken()).safeUrl);
    for (const url of urls) expect(url).toMatch(/^memory:\/\/test-/);
    expect(new Set(urls).size).toBe(3);
    expect(apps[1]?.get<CompiledConfig>(getCeleryConfigToken()).beatScheduler).toBe('memory');
    await Promise.all(apps.map((each) => each.close()));
  });

  it('are run by beat while virtual time passes, and edited by PeriodicTasks meanwhile', async () => {
    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ beatSchedule: { daily: { task: 'daily', schedule: crontab({ hour: 4, minute: 0 }) } } }),
        PeriodicTasksModule.forRoot({ controllers: false }),
        CeleryTestingModule.forRoot({ beat: true, run: false, now: '2030-01-01T00:00:00Z' }),
      ],
    }).compile();
    const celery = moduleRef.get(CeleryTesting);
    const tasks = moduleRef.get(PeriodicTasks);
    await celery.advance('7d');
    expect(celery.sent('daily')).toHaveLength(7);
    await tasks.create({ name: 'often', task: 'often', schedule: 60 });
    await celery.advance('5m');
    expect(celery.sent('often')).toHaveLength(5);
    await tasks.disable('often');
    await celery.advance('5m');
    expect(celery.sent('often')).toHaveLength(5);
    expect((await tasks.history('daily'))[0]).toMatchObject({
      status: 'sent',
      dueAt: new Date('2030-01-07T04:00:00Z'),
    });
    await moduleRef.close();
  });
});
