import { interval } from '../schedules/interval.js';
import { ScheduleEntry } from './schedule-entry.js';

describe('ScheduleEntry', () => {
  it('is replaced by a run, not changed', () => {
    const fields = {
      name: 'add-every-30-seconds',
      task: 'math.add',
      schedule: interval(30),
      args: [2, 3],
      kwargs: { y: 1 },
      options: { queue: 'mail' },
      lastRunAt: new Date('2026-01-01T00:00:00Z'),
      totalRunCount: 4,
    };
    const entry = new ScheduleEntry(fields);
    const ran = entry.ranAt(new Date('2026-01-01T00:00:30Z'));
    expect(entry).toEqual(expect.objectContaining(fields));
    expect(ran).toBeInstanceOf(ScheduleEntry);
    expect({ ...ran }).toEqual({ ...fields, lastRunAt: new Date('2026-01-01T00:00:30Z'), totalRunCount: 5 });
  });
});
