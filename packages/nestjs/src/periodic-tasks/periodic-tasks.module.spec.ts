import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { ScheduleDatabase } from '@nestjs-celery/core';
import { memorySchedules } from '@nestjs-celery/core/memory';
import { CeleryModule, crontab, ImproperlyConfigured } from '../index.js';
import type { AdapterFactory } from '../index.js';
import { CeleryTestingModule } from '../testing/index.js';
import { getPeriodicTasksToken, InjectPeriodicTasks, PeriodicTasks, PeriodicTasksModule } from './index.js';

const broker = 'memory://periodic-tasks-module';

describe('PeriodicTasksModule', () => {
  it('provides the service of an app, and opens the database when that is first used', async () => {
    const events: string[] = [];
    const beatScheduler: AdapterFactory<ScheduleDatabase> = (deps) => {
      const database = memorySchedules(broker)(deps);
      const { open } = database;
      database.open = () => (events.push('open'), open.call(database));
      return database;
    };
    const moduleRef = await Test.createTestingModule({
      imports: [CeleryModule.forRoot({ broker, beatScheduler }), PeriodicTasksModule.forRoot({ controllers: false })],
    }).compile();
    await moduleRef.init();
    expect(events).toEqual([]);
    const tasks = moduleRef.get(PeriodicTasks);
    await tasks.create({ name: 'nightly', task: 'reports.send', schedule: crontab({ hour: 2, minute: 0 }) });
    expect(await tasks.get('nightly')).toMatchObject({
      task: 'reports.send',
      schedule: { kind: 'crontab', hour: '2' },
    });
    expect(events).toEqual(['open']);
    await moduleRef.close();
  });

  it('provides a service for each named app', async () => {
    @Injectable()
    class Editor {
      constructor(
        readonly tasks: PeriodicTasks,
        @InjectPeriodicTasks('billing') readonly billing: PeriodicTasks,
      ) {}
    }
    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker, beatScheduler: 'memory' }),
        CeleryModule.forRoot({ name: 'billing', broker, beatScheduler: 'memory' }),
        PeriodicTasksModule.forRoot({ controllers: false }),
        PeriodicTasksModule.forRoot({ app: 'billing', controllers: false }),
      ],
      providers: [Editor],
    }).compile();
    const { tasks, billing } = moduleRef.get(Editor);
    await billing.create({ name: 'invoices', task: 'invoices.send', schedule: 30 });
    expect((await billing.list()).total).toBe(1);
    expect((await tasks.list()).total).toBe(0);
    expect(moduleRef.get(getPeriodicTasksToken('billing'))).toBe(billing);
    await moduleRef.close();
  });

  it('may be global, so that every module sees the service', async () => {
    @Module({ providers: [{ provide: 'USER', useFactory: String, inject: [PeriodicTasks] }] })
    class Elsewhere {}

    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker, beatScheduler: 'memory' }),
        PeriodicTasksModule.forRoot({ controllers: false, isGlobal: true }),
        Elsewhere,
      ],
    }).compile();
    expect(moduleRef.get('USER', { strict: false })).toBeDefined();
    await moduleRef.close();
  });

  it('is refused where the schedules are in no database, with the ways to give one', async () => {
    const compiling = Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker, beatScheduler: 'file' }),
        PeriodicTasksModule.forRoot({ controllers: false }),
      ],
    }).compile();
    await expect(compiling).rejects.toThrow(ImproperlyConfigured);
    await expect(compiling).rejects.toThrow(/in no database.*typeormSchedules.*beatScheduler: 'memory'/);
  });

  it('is refused while two apps keep their schedules in one place: each would send the other its tasks', async () => {
    const beatScheduler = memorySchedules('memory://periodic-tasks-shared');
    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker, beatScheduler }),
        CeleryModule.forRoot({ name: 'billing', broker, beatScheduler }),
        PeriodicTasksModule.forRoot({ app: 'billing', controllers: false }),
      ],
    }).compile();
    await expect(moduleRef.init()).rejects.toThrow(
      /'billing' and 'default' keep their schedules in one place, database memory:\/\/periodic-tasks-shared.*schema/,
    );
    await moduleRef.close();
  });

  it('has no forRootAsync: path and guards have to be known when the controller is made', () => {
    expect(PeriodicTasksModule).not.toHaveProperty('forRootAsync');
  });

  it('works under CeleryTestingModule, whatever the settings say, by its clock', async () => {
    const moduleRef = await Test.createTestingModule({
      imports: [
        CeleryModule.forRoot({ broker, beatScheduler: 'database' }),
        PeriodicTasksModule.forRoot({ controllers: false }),
        CeleryTestingModule.forRoot({ now: '2030-01-01T00:00:00Z' }),
      ],
    }).compile();
    const tasks = moduleRef.get(PeriodicTasks);
    await tasks.create({ name: 'often', task: 'tick', schedule: 60 });
    expect(await tasks.nextRuns('often', 2)).toEqual([
      new Date('2030-01-01T00:01:00Z'),
      new Date('2030-01-01T00:02:00Z'),
    ]);
    await moduleRef.close();
  });
});
