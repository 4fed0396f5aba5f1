import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { ScheduleEntry } from './schedule-entry.js';
import type { ScheduleEntryFields } from './schedule-entry.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);

const FIELDS: ScheduleEntryFields = {
  name: 'add-every-30-seconds',
  task: 'math.add',
  schedule: interval(30),
  policy: DEFAULT_POLICY,
  call: () => ({ args: [2, 3], kwargs: { y: 1 }, options: { queue: 'mail' } }),
  rowId: 7,
  oneOff: false,
  startTime: at('00:00:01'),
  expires: at('23:00:00'),
  since: at('00:00:00'),
  lastRunAt: at('00:00:00.004'),
  lastTaskId: 'a',
  totalRunCount: 4,
};

const RUN = { dueAt: at('00:00:30'), at: at('00:00:30.002'), taskId: 'b' };
const NEVER_RUN = { lastRunAt: undefined, lastTaskId: undefined, totalRunCount: 0 };
const entryOf = (fields: Partial<ScheduleEntryFields> = {}) => new ScheduleEntry({ ...FIELDS, ...fields });

describe('ScheduleEntry', () => {
  it('is replaced by a run, not changed', () => {
    const entry = entryOf();
    const ran = entry.ran(RUN);
    expect({ ...entry }).toEqual(FIELDS);
    expect(ran).toBeInstanceOf(ScheduleEntry);
    expect({ ...ran }).toEqual({
      ...FIELDS,
      since: RUN.dueAt,
      lastRunAt: RUN.at,
      lastTaskId: RUN.taskId,
      totalRunCount: 5,
    });
  });

  it('counts from another time, and stays what it is', () => {
    expect({ ...entryOf().from(at('00:10:00')) }).toEqual({ ...FIELDS, since: at('00:10:00') });
  });
});

describe('ScheduleEntry.edited', () => {
  const now = at('00:01:00');

  it('takes what was edited, and knows of its runs what the edit may have been too early for', () => {
    const edit = entryOf({ task: 'math.mul', policy: { ...DEFAULT_POLICY, jitter: 1 }, expires: undefined });
    expect({ ...entryOf().ran(RUN).edited(edit, now) }).toEqual({
      ...edit,
      since: RUN.dueAt,
      lastRunAt: RUN.at,
      lastTaskId: RUN.taskId,
      totalRunCount: 5,
    });
  });

  it('takes a run that somebody else has written since', () => {
    const edit = entryOf({ since: at('00:00:50'), lastRunAt: at('00:00:50') });
    expect(entryOf().edited(edit, now).since).toEqual(at('00:00:50'));
  });

  it('is not put off by an edit of anything else, however late the row was saved', () => {
    const edit = entryOf({ since: at('00:00:50'), task: 'math.mul' });
    expect(entryOf().edited(edit, now).since).toEqual(at('00:00:00'));
    expect(entryOf().edited(entryOf({ ...NEVER_RUN, since: at('00:00:50') }), now).since).toEqual(at('00:00:00'));
  });

  it('counts from the edit when the schedule has changed', () => {
    const edit = entryOf({ schedule: crontab({ minute: '*/5' }), since: at('00:00:10') });
    expect(entryOf().edited(edit, now).since).toEqual(now);
  });

  it('does not count from the edit when the schedule is written differently and is the same', () => {
    const before = entryOf({ schedule: crontab({ minute: '*' }) });
    expect(before.edited(entryOf({ schedule: crontab({ minute: '0-59' }) }), now).since).toEqual(before.since);
  });

  it('keeps its beginning as long as it has not run and schedule and start are the same', () => {
    const before = entryOf(NEVER_RUN);
    const edit = (fields: Partial<ScheduleEntryFields>) => entryOf({ ...NEVER_RUN, since: at('00:00:40'), ...fields });
    expect(before.edited(edit({ task: 'math.mul' }), now)).toMatchObject({ task: 'math.mul', since: before.since });
    expect(before.edited(edit({ schedule: interval(31) }), now).since).toEqual(at('00:00:40'));
    expect(before.edited(edit({ startTime: at('00:00:41') }), now).since).toEqual(at('00:00:40'));
  });

  it('is another entry when another row has its name by now', () => {
    const edit = entryOf({ ...NEVER_RUN, rowId: 8 });
    expect(entryOf().edited(edit, now)).toBe(edit);
  });
});
