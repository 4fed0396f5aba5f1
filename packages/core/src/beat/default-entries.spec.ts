import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import { defaultEntries } from './default-entries.js';

const entries = (options: CeleryOptions) => defaultEntries(compileConfig(options));
const results: CeleryOptions = { resultBackend: 'memory://' };

describe('defaultEntries', () => {
  it('deletes old results at four in the morning, within twelve hours', () => {
    const [entry] = entries(results);
    expect(entry).toMatchObject({
      name: 'celery.backend_cleanup',
      task: 'celery.backend_cleanup',
      options: { expires: 43_200 },
    });
    const schedule = entry?.schedule;
    if (typeof schedule !== 'object') throw new Error('the entry has no schedule');
    const next = schedule.resolve({ timezone: 'UTC' }).next(new Date('2026-11-21T04:00:00Z'));
    expect(next).toEqual(new Date('2026-11-22T04:00:00Z'));
  });

  it('has nothing to add where no result is kept, or none ever expires', () => {
    expect(entries({})).toEqual([]);
    expect(entries({ ...results, resultExpires: null })).toEqual([]);
  });

  it('leaves an entry of that name to the application', () => {
    const beatSchedule = { 'celery.backend_cleanup': { task: 'celery.backend_cleanup', schedule: 60 } };
    expect(entries({ ...results, beatSchedule })).toEqual([]);
  });
});
