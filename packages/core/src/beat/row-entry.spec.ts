import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { PeriodicTaskRow, ScheduleRow, ScheduleState } from '../contracts/periodic-tasks.js';
import { COLUMN_DEFAULTS } from '../periodic-tasks/column-defaults.js';
import { nextDueOf } from '../periodic-tasks/next-due.js';
import { Uuid } from '../protocol/python-values.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { readRow } from './row-entry.js';
import type { CodeOptions } from './row-entry.js';
import { ScheduleCache } from './schedule-cache.js';
import type { ScheduleEntry } from './schedule-entry.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);

const HOURLY: ScheduleRow = { kind: 'interval', every: 1, period: 'hours' };
const EVERY_HALF_HOUR: ScheduleRow = {
  kind: 'crontab',
  minute: '*/30',
  hour: '*',
  dayOfMonth: '*',
  monthOfYear: '*',
  dayOfWeek: '*',
  timezone: 'UTC',
};
const ROW: PeriodicTaskRow = {
  ...COLUMN_DEFAULTS,
  id: 7,
  name: 'one',
  task: 'math.add',
  schedules: [HOURLY],
  dateChanged: at('10:10:00'),
};

const read = (fields: Partial<PeriodicTaskRow>, codeOptions: CodeOptions = new Map()) =>
  readRow({ ...ROW, ...fields }, new ScheduleCache('UTC'), codeOptions);

function entryOf(fields: Partial<PeriodicTaskRow> = {}, codeOptions?: CodeOptions): ScheduleEntry {
  const found = read(fields, codeOptions);
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  return found.entry;
}

const problemsOf = (fields: Partial<PeriodicTaskRow>) => {
  const found = read(fields);
  return 'problems' in found ? found.problems : {};
};

describe('readRow', () => {
  it('makes an entry of name, task, schedule, times and policy', () => {
    const times = { startTime: at('09:00:00'), expires: at('23:00:00') };
    const entry = entryOf({ ...times, oneOff: true, totalRunCount: 3, policy: { misfire: 'skip', jitter: 2 } });
    expect(entry).toMatchObject({
      name: 'one',
      task: 'math.add',
      rowId: 7,
      oneOff: true,
      totalRunCount: 3,
      ...times,
      schedule: interval(3600),
      policy: { ...DEFAULT_POLICY, misfire: 'skip', jitter: 2 },
    });
  });

  it('takes the clocks of a crontab from its row, and what becomes of them from the policy', () => {
    const schedules = [{ ...EVERY_HALF_HOUR, timezone: 'Asia/Seoul' }];
    const { schedule } = entryOf({ schedules, policy: { dst: 'wall' } });
    expect(schedule.equals(crontab({ minute: '*/30', timezone: 'Asia/Seoul', dst: 'wall' }))).toBe(true);
  });

  it('sends all that the columns say', () => {
    const { args, kwargs, options } = entryOf({
      args: '[2, "hå☃", {"__type__": "uuid", "__value__": {"hex": "0d4c8d2e9d434a1c8a0e8d7b5f3c2a10", "version": 4}}]',
      kwargs: '{"day": {"__type__": "datetime", "__value__": "2026-01-01T00:00:00+00:00"}}',
      queue: 'mail',
      exchange: 'mails',
      routingKey: 'mail.out',
      priority: 0,
      headers: '{"tenant": "a"}',
      expireSeconds: 90,
    }).call();
    expect(args).toEqual([2, 'hå☃', new Uuid('0d4c8d2e-9d43-4a1c-8a0e-8d7b5f3c2a10')]);
    expect(kwargs).toEqual({ day: at('00:00:00') });
    expect(options).toEqual({
      queue: 'mail',
      exchange: 'mails',
      routingKey: 'mail.out',
      priority: 0,
      expires: 90,
      headers: { tenant: 'a' },
    });
  });

  it.each<[string, Partial<PeriodicTaskRow>, object]>([
    ['queue', { queue: 'mail' }, { queue: 'mail' }],
    ['exchange', { exchange: 'mails' }, { exchange: 'mails' }],
    ['routing key', { routingKey: 'mail.out' }, { routingKey: 'mail.out' }],
    ['priority', { priority: 9 }, { priority: 9 }],
    ['priority 0', { priority: 0 }, { priority: 0 }],
    ['headers', { headers: '{"a": [1]}' }, { headers: { a: [1] } }],
    ['expiry at a time', { expires: at('23:00:00') }, { expires: at('23:00:00') }],
    ['expiry in seconds', { expireSeconds: 60 }, { expires: 60 }],
    ['nothing, where there is nothing', {}, {}],
    ['nothing, where Django would say nothing', { queue: '', exchange: '', routingKey: '', expireSeconds: 0 }, {}],
    ['nothing, where columns are empty', { args: '', kwargs: '', headers: '' }, {}],
  ])('sends %s', (_, fields, options) => {
    expect(entryOf(fields).call()).toEqual({ args: [], kwargs: {}, options });
  });

  it('gives each run arguments of its own', () => {
    const entry = entryOf({ args: '[[1]]', kwargs: '{"a": [1]}', headers: '{"h": "x"}' });
    const first = entry.call();
    (first.args[0] as number[]).push(2);
    (first.kwargs as Record<string, unknown>)['a'] = 3;
    expect(entry.call()).toEqual({ args: [[1]], kwargs: { a: [1] }, options: { headers: { h: 'x' } } });
  });

  it('sends options that code has and the table does not, under those of the row', () => {
    const ofCode: CodeOptions = new Map([['one', { countdown: 5, serializer: 'yaml', priority: 1 }]]);
    expect(entryOf({ priority: 2 }, ofCode).call().options).toEqual({ countdown: 5, serializer: 'yaml', priority: 2 });
    expect(entryOf({ name: 'two' }, ofCode).call().options).toEqual({});
    expect(entryOf({ policy: { owner: 'user' } }, ofCode).call().options).toEqual({});
  });

  it.each<[string, Partial<PeriodicTaskRow>, string[]]>([
    ['arguments that are no JSON', { args: '[1,' }, ['args']],
    ['arguments that are an object', { args: '{}' }, ['args']],
    ['keyword arguments that are a list', { kwargs: '[]' }, ['kwargs']],
    ['headers that are no JSON', { headers: 'x' }, ['headers']],
    ['no schedule', { schedules: [] }, ['schedule']],
    ['two schedules', { schedules: [HOURLY, EVERY_HALF_HOUR] }, ['interval', 'crontab']],
    ['an unknown time zone', { schedules: [{ ...EVERY_HALF_HOUR, timezone: 'Mars/Base' }] }, ['timezone']],
    ['clocked without one_off', { schedules: [{ kind: 'clocked', clockedTime: at('12:00:00') }] }, ['oneOff']],
    ['two expiries', { expires: at('23:00:00'), expireSeconds: 0 }, ['expires', 'expireSeconds']],
    ['a Sunday that is 7', { schedules: [{ ...EVERY_HALF_HOUR, dayOfWeek: '7' }] }, ['dayOfWeek']],
    ['31 February', { schedules: [{ ...EVERY_HALF_HOUR, dayOfMonth: '31', monthOfYear: '2' }] }, ['dayOfMonth']],
    ['priority 300', { priority: 300 }, ['priority']],
    ['a wrong latitude', { schedules: [{ kind: 'solar', event: 'sunset', latitude: 91, longitude: 0 }] }, ['latitude']],
    ['an event that is none', { schedules: [{ kind: 'solar', event: 'noon', latitude: 1, longitude: 0 }] }, ['event']],
    ['an interval of nothing', { schedules: [{ ...HOURLY, every: 0 }] }, ['every']],
    ['a period that is none', { schedules: [{ ...HOURLY, period: 'weeks' }] }, ['period']],
    ['no task', { task: '' }, ['task']],
    ['more to make up for than beat can bear', { policy: { misfireCap: 3e6 } }, ['misfireCap']],
    ['a policy of a later version', { policy: { misfire: 'fire-twice' as 'skip' } }, ['misfire']],
  ])('names the field of what cannot be used: %s', (_, fields, names) => {
    const problems = problemsOf(fields);
    expect(Object.keys(problems)).toEqual(names);
    for (const texts of Object.values(problems)) expect(texts.join('')).toMatch(/\w+ \w+/);
  });
});

describe('When a row is due next', () => {
  const next = (fields: Partial<PeriodicTaskRow>) => nextDueOf(entryOf(fields));
  const state = (fields: Partial<ScheduleState> = {}): ScheduleState => ({
    lastDueAt: at('09:00:00'),
    sentAt: at('09:00:07'),
    lastTaskId: 'a',
    schedule: 'every hour',
    nextRunAt: null,
    ...fields,
  });
  const ran = { lastRunAt: at('09:00:07'), state: state() };

  it('is an interval after it was made or enabled, when it has not run since', () => {
    expect(next({})).toEqual(at('11:10:00'));
    expect(next({ state: state() })).toEqual(at('11:10:00'));
    expect(next({ schedules: [EVERY_HALF_HOUR] })).toEqual(at('10:30:00'));
  });

  it('is in step with the due time of our own last run, however late that was sent', () => {
    const entry = entryOf(ran);
    expect(nextDueOf(entry)).toEqual(at('10:00:00'));
    expect(entry).toMatchObject({ lastRunAt: at('09:00:07'), lastTaskId: 'a' });
  });

  it("counts from last_run_at when Django's beat, or a person, has written that", () => {
    expect(next({ lastRunAt: at('09:20:00'), state: state() })).toEqual(at('10:20:00'));
    expect(next({ lastRunAt: at('08:20:00'), state: state() })).toEqual(at('09:20:00'));
    expect(next({ lastRunAt: at('09:20:00') })).toEqual(at('10:20:00'));
  });

  it('counts from the change when the schedule has changed since the run', () => {
    const changed = { ...ran, state: state({ schedule: 'every 2 hours' }) };
    expect(next(changed)).toEqual(at('11:10:00'));
    expect(next({ ...changed, dateChanged: at('08:00:00') })).toEqual(at('10:00:07'));
  });

  it('does not count from a change of anything else', () => {
    expect(next({ ...ran, dateChanged: at('09:59:00'), description: 'new' })).toEqual(at('10:00:00'));
  });

  it('is the start, where that is to come', () => {
    expect(next({ startTime: at('15:20:00') })).toEqual(at('15:20:00'));
    expect(next({ startTime: at('15:20:00'), schedules: [EVERY_HALF_HOUR] })).toEqual(at('15:30:00'));
    expect(next({ startTime: at('15:30:00'), schedules: [EVERY_HALF_HOUR] })).toEqual(at('15:30:00'));
    expect(next({ ...ran, startTime: at('15:20:00') })).toEqual(at('15:20:00'));
  });

  it('is the start, where that is past and there was no run: as in Django it is made up for', () => {
    expect(next({ startTime: at('08:20:00') })).toEqual(at('08:20:00'));
    expect(next({ startTime: at('08:20:00'), schedules: [EVERY_HALF_HOUR] })).toEqual(at('08:30:00'));
    expect(next({ ...ran, startTime: at('08:20:00') })).toEqual(at('10:00:00'));
  });

  it('is the time of a clocked row, also where that was past when the row was made, as in Django', () => {
    const clocked = (time: string) => next({ oneOff: true, schedules: [{ kind: 'clocked', clockedTime: at(time) }] });
    expect(clocked('10:10:01')).toEqual(at('10:10:01'));
    expect(clocked('10:10:00')).toEqual(at('10:10:00'));
    expect(clocked('08:00:00')).toEqual(at('08:00:00'));
  });

  it('is a millisecond later where it is every few microseconds', () => {
    const schedules: ScheduleRow[] = [{ kind: 'interval', every: 90, period: 'microseconds' }];
    expect(next({ ...ran, schedules, state: state({ schedule: 'every 0.001 seconds' }) })).toEqual(at('09:00:00.001'));
    expect(next({ schedules, startTime: at('15:20:00') })).toEqual(at('15:20:00'));
  });

  it('is not when it has expired', () => {
    expect(next({ expires: at('11:00:00') })).toBeUndefined();
  });
});
