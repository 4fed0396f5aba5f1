import type { PeriodicTaskFields, ScheduleRow } from '../contracts/periodic-tasks.js';
import { checkPeriodicTask, problemsOf } from './check-fields.js';
import type { CheckedFields } from './check-fields.js';
import { COLUMN_DEFAULTS } from './column-defaults.js';

const EVERY_MINUTE: ScheduleRow = { kind: 'interval', every: 1, period: 'minutes' };
const CLOCKED: ScheduleRow = { kind: 'clocked', clockedTime: new Date('2031-01-01T00:00:00Z') };
const CRONTAB = { kind: 'crontab', minute: '0', hour: '4', dayOfMonth: '*', monthOfYear: '*', dayOfWeek: '*' } as const;

function fields(changed: { readonly [F in keyof CheckedFields]?: unknown } = {}): CheckedFields {
  return { ...COLUMN_DEFAULTS, name: 'n', task: 't', schedules: [EVERY_MINUTE], ...changed } as PeriodicTaskFields;
}

it('finds nothing wrong with what is right', () => {
  expect(problemsOf(fields())).toEqual({});
  const edges = { priority: 255, expireSeconds: 0, queue: 'q', name: 'n'.repeat(200), description: 'd'.repeat(999) };
  expect(problemsOf(fields(edges))).toEqual({});
  expect(problemsOf(fields({ schedules: [CLOCKED], oneOff: true, priority: 0 }))).toEqual({});
  expect(problemsOf(fields({ args: '', kwargs: '', headers: '' }))).toEqual({});
  const tagged = '[{"__type__": "datetime", "__value__": "2026-01-01T00:00:00+00:00"}, NaN]';
  expect(problemsOf(fields({ args: tagged, kwargs: ' {"a": [1]} ' }))).toEqual({});
});

it.each<[keyof PeriodicTaskFields, unknown, string | RegExp]>([
  ['name', '', 'This field cannot be blank.'],
  ['name', undefined, 'This field is required.'],
  ['name', 'n'.repeat(201), 'Ensure this value has at most 200 characters (it has 201).'],
  ['name', 'n\0', 'Null characters are not allowed.'],
  ['name', 5, 'Enter a text.'],
  ['task', ' ', 'This field cannot be blank.'],
  ['task', 't'.repeat(201), 'Ensure this value has at most 200 characters (it has 201).'],
  ['queue', 'q'.repeat(201), 'Ensure this value has at most 200 characters (it has 201).'],
  ['priority', 256, 'Ensure this value is less than or equal to 255.'],
  ['priority', -1, 'Ensure this value is greater than or equal to 0.'],
  ['priority', 1.5, 'Enter a whole number.'],
  ['expireSeconds', -1, 'Ensure this value is greater than or equal to 0.'],
  ['expireSeconds', 2 ** 31, 'Ensure this value is less than or equal to 2147483647.'],
  ['expires', new Date(NaN), 'Enter a valid date/time.'],
  ['startTime', '2026-01-01', 'Enter a valid date/time.'],
  ['expires', new Date('+010240-01-01T00:00:00Z'), 'Ensure this date is in the years 1 to 9999.'],
  ['startTime', new Date('0000-12-31T23:59:59.999Z'), 'Ensure this date is in the years 1 to 9999.'],
  ['enabled', 1, 'This value must be either True or False.'],
  ['oneOff', null, 'This value must be either True or False.'],
  ['description', null, 'Enter a text.'],
  ['args', '[1,', /^Unable to parse JSON: /],
  ['args', '{"a": 1}', 'args has to be a JSON array, such as [1, "two"].'],
  ['args', 'null', /has to be a JSON array/],
  ['kwargs', '[]', 'kwargs has to be a JSON object, such as {"key": "value"}.'],
  ['kwargs', '{"__type__": "datetime", "__value__": "2026-01-01T00:00:00Z"}', /has to be a JSON object/],
  ['kwargs', "{'a': 1}", /^Unable to parse JSON: /],
  ['headers', '"text"', /has to be a JSON object/],
  ['headers', '{"tenant": 1, "id": "x"}', "The header 'id' belongs to Celery's protocol: give it another name."],
])('refuses %s %j in the words of Django', (field, value, problem) => {
  const text = problem instanceof RegExp ? expect.stringMatching(problem) : problem;
  expect(problemsOf(fields({ [field]: value }))).toEqual({ [field]: [text] });
});

it('wants exactly one schedule', () => {
  const none = 'One of clocked, interval, crontab, or solar must be set.';
  const several = 'Only one of clocked, interval, crontab, or solar must be set';
  expect(problemsOf(fields({ schedules: [] }))).toEqual({ schedule: [none] });
  const both = [EVERY_MINUTE, { ...CRONTAB, timezone: 'UTC' }];
  expect(problemsOf(fields({ schedules: both }))).toEqual({ interval: [several], crontab: [several] });
});

it('wants what is clocked to be one off', () => {
  const problem = 'clocked must be one off, one_off must set True';
  expect(problemsOf(fields({ schedules: [CLOCKED] }))).toEqual({ oneOff: [problem] });
});

it.each([0, 60])('takes an expiry or %d expireSeconds, not both', (expireSeconds) => {
  const problem = ['Only one can be set, in expires and expire_seconds'];
  const expiries = { expires: new Date('2031-01-01T00:00:00Z'), expireSeconds };
  expect(problemsOf(fields(expiries))).toEqual({ expires: problem, expireSeconds: problem });
});

it('refuses what the columns of a schedule cannot hold', () => {
  const places = ['Ensure that there are no more than 6 decimal places.'];
  const place = { kind: 'solar', event: 'sunset', latitude: 1.123_456_7, longitude: 126.977_969 };
  expect(problemsOf(fields({ schedules: [place] }))).toEqual({ latitude: places });
  const clocked = { ...CLOCKED, clockedTime: new Date('+010240-01-01T00:00:00Z') };
  const years = ['Ensure this date is in the years 1 to 9999.'];
  expect(problemsOf(fields({ schedules: [clocked], oneOff: true }))).toEqual({ clockedTime: years });
  const hour = Array.from({ length: 24 }, (_, n) => n + 100).join(',');
  const long = { ...CRONTAB, hour: `${hour},1`, timezone: 'UTC' };
  const problem = 'Ensure this value has at most 96 characters (it has 97).';
  expect(problemsOf(fields({ schedules: [long] }))).toEqual({ hour: [problem] });
});

it('checks the policy, too', () => {
  const pauseUntil = new Date('+010240-01-01T00:00:00Z');
  expect(problemsOf(fields({ policy: { misfireCap: 0, jitter: 1, pauseUntil }, name: '' }))).toEqual({
    misfireCap: [expect.any(String)],
    pauseUntil: [expect.stringContaining('1 to 9999')],
    name: [expect.any(String)],
  });
});

it.each([
  ['misfireCap', 10_000, 10_001],
  ['jitter', 315_360_000, 1e308],
  ['grace', 315_360_000, Infinity],
])('limits %s of the policy to what beat can bear: %d', (field, most, more) => {
  expect(problemsOf(fields({ policy: { [field]: most } }))).toEqual({});
  expect(problemsOf(fields({ policy: { [field]: more } }))).toEqual({ [field]: [expect.stringContaining(`${most}`)] });
});

it('names everything at once when it throws, the schedule included', () => {
  const wrong = fields({ priority: 300, args: '{}', schedules: [{ ...CRONTAB, dayOfWeek: '7', timezone: 'UTC' }] });
  expect(() => checkPeriodicTask(wrong, { timezone: 'UTC' })).toThrow(
    expect.objectContaining({
      code: 'INVALID_PERIODIC_TASK',
      fields: { priority: [expect.any(String)], args: [expect.any(String)], dayOfWeek: [expect.stringContaining('7')] },
      message: expect.stringMatching(/priority: Ensure.*args: args has.*dayOfWeek/),
    }),
  );
  expect(() => checkPeriodicTask(fields(), { timezone: 'UTC' })).not.toThrow();
});
