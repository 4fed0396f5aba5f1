import { memorySchedules } from '../memory/memory-schedule-database.js';
import { beatScheduler } from './beat-scheduler.js';

describe('beatScheduler', () => {
  it.each([
    [undefined, 'auto'],
    ['auto', 'auto'],
    ['database', 'database'],
    ['django', 'database'],
    ['django_celery_beat.schedulers:DatabaseScheduler', 'database'],
    ['django_celery_beat.schedulers.DatabaseScheduler', 'database'],
    ['file', 'file'],
    ['celery.beat:PersistentScheduler', 'file'],
    ['celery.beat.PersistentScheduler', 'file'],
    ['memory', 'memory'],
    ['celery.beat:Scheduler', 'memory'],
    ['celery.beat.Scheduler', 'memory'],
  ])("understands our names and Python's: %s", (written, meant) => {
    expect(beatScheduler(written)).toBe(meant);
  });

  it('takes an adapter as it is', () => {
    const adapter = memorySchedules();
    expect(beatScheduler(adapter)).toBe(adapter);
  });

  it.each(['redbeat.RedBeatScheduler', '', 'Database', 'toString'])('refuses %p, and says what there is', (written) => {
    expect(() => beatScheduler(written)).toThrow(
      expect.objectContaining({
        code: 'IMPROPERLY_CONFIGURED',
        message: expect.stringContaining(`beatScheduler (-S) is '${written}': use 'database', 'file', 'memory'`),
      }),
    );
  });
});
