import { memorySchedules } from '@nestjs-celery/core/memory';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { AppSchedules, scheduleFile } from './app-schedules.js';

const BY_DEFAULT = { beatScheduleFilename: 'celerybeat-schedule.json' };

describe('scheduleFile', () => {
  it('gives each app its own file, as long as nobody has named one', () => {
    expect(scheduleFile('default', BY_DEFAULT)).toBe('celerybeat-schedule.json');
    expect(scheduleFile('billing', BY_DEFAULT)).toBe('celerybeat-schedule.billing.json');
    expect(scheduleFile('a$&b', BY_DEFAULT)).toBe('celerybeat-schedule.a$&b.json');
    expect(scheduleFile('billing', { beatScheduleFilename: 'run/schedule' })).toBe('run/schedule');
  });
});

describe('AppSchedules', () => {
  it('says where the schedules of an app are', () => {
    expect(new AppSchedules('billing', BY_DEFAULT, undefined).place).toBe('file celerybeat-schedule.billing.json');
    const database = memorySchedules('memory://here')(adapterDeps());
    expect(new AppSchedules('billing', BY_DEFAULT, database).place).toBe('database memory://here');
  });
});
