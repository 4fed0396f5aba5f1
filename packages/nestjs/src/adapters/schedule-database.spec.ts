import { Test } from '@nestjs/testing';
import type { ResultBackend } from '@nestjs-celery/core';
import { memorySchedules } from '@nestjs-celery/core/memory';
import { CeleryModule, getScheduleDatabaseToken, ImproperlyConfigured } from '../index.js';
import type { AdapterFactory, CeleryOptions, ScheduleDatabase } from '../index.js';

const broker = 'memory://schedule-database';

/** Schedules that say what is done with them. */
function watched(events: string[]): AdapterFactory<ScheduleDatabase> {
  return (deps) => {
    const database = memorySchedules(`memory://watched`)(deps);
    const { open, close } = database;
    database.open = async () => {
      events.push('open');
      await open.call(database);
    };
    database.close = async () => {
      events.push('close');
      await close.call(database);
    };
    return database;
  };
}

/** A result backend that can keep schedules, as that of PostgreSQL can. */
function resultsWith(schedules: ScheduleDatabase): AdapterFactory<ResultBackend> {
  return () => ({ safeUrl: 'fake://', schedules, close: async () => {} }) as unknown as ResultBackend;
}

const compile = (options: CeleryOptions) =>
  Test.createTestingModule({ imports: [CeleryModule.forRoot({ broker, ...options })] }).compile();

async function databaseOf(options: CeleryOptions, name?: string): Promise<ScheduleDatabase | undefined> {
  const moduleRef = await Test.createTestingModule({
    imports: [CeleryModule.forRoot({ broker, ...options, ...(name === undefined ? {} : { name }) })],
  }).compile();
  const database = moduleRef.get<ScheduleDatabase | undefined>(getScheduleDatabaseToken(name));
  await moduleRef.close();
  return database;
}

describe('the schedule database of an app', () => {
  it("is the result backend's own, unless beatScheduler says another", async () => {
    const schedules = { close: async () => {} } as unknown as ScheduleDatabase;
    const resultBackend = resultsWith(schedules);
    expect(await databaseOf({ resultBackend })).toBe(schedules);
    expect(await databaseOf({ resultBackend, beatScheduler: 'database' })).toBe(schedules);
    expect(await databaseOf({ resultBackend, beatScheduler: 'django' })).toBe(schedules);
    expect(await databaseOf({ resultBackend, beatScheduler: 'file' })).toBeUndefined();
    expect((await databaseOf({ resultBackend, beatScheduler: watched([]) }))?.safeUrl).toBe('memory://watched');
  });

  it('is in memory, one for each app, where that is asked for', async () => {
    expect((await databaseOf({ beatScheduler: 'memory' }))?.safeUrl).toBe('memory://default');
    expect((await databaseOf({ beatScheduler: 'memory' }, 'billing'))?.safeUrl).toBe('memory://billing');
  });

  it('is none where the results have no database', async () => {
    expect(await databaseOf({})).toBeUndefined();
    expect(await databaseOf({ resultBackend: broker, beatScheduler: 'file' })).toBeUndefined();
  });

  it('is refused as the choice where there is none, with the ways to give one', async () => {
    await expect(databaseOf({ beatScheduler: 'database' })).rejects.toThrow(ImproperlyConfigured);
    await expect(databaseOf({ beatScheduler: 'database' })).rejects.toThrow(
      /typeormSchedules\(\{ url: 'postgres:.*resultBackend: 'postgres:/,
    );
  });

  it('is not opened by an application that only boots, and closed with it', async () => {
    const events: string[] = [];
    const moduleRef = await compile({ beatScheduler: watched(events) });
    await moduleRef.init();
    expect(events).toEqual([]);
    await moduleRef.close();
    expect(events).toEqual(['close']);
  });

  it('does not keep the rest open when it cannot be closed', async () => {
    const closed: string[] = [];
    const schedules = { close: () => Promise.reject(new Error('stuck')) } as unknown as ScheduleDatabase;
    const resultBackend: AdapterFactory<ResultBackend> = () =>
      ({ schedules, close: async () => closed.push('results') }) as unknown as ResultBackend;
    const moduleRef = await compile({ resultBackend });
    moduleRef.useLogger(false);
    await moduleRef.close().catch(() => {});
    expect(closed).toEqual(['results']);
  });
});
