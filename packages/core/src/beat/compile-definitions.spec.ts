import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import type { BeatScheduleEntry } from '../app/config.js';
import { cron } from '../schedules/cron.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { compileDefinitions } from './compile-definitions.js';

const NOW = new Date('2026-01-01T00:00:00Z');

/** As JavaScript may give them. */
const compile = (
  beatSchedule: Record<string, unknown>,
  declared: { name: string; task: string; schedule: number }[] = [],
) =>
  compileDefinitions(
    { timezone: 'Asia/Seoul', beatSchedule: beatSchedule as Record<string, BeatScheduleEntry> },
    declared,
  );
const compileOne = (entry: Record<string, unknown>) => compile({ one: { task: 't', schedule: 30, ...entry } })[0];

describe('compileDefinitions', () => {
  it('gives the entries of beatSchedule by their names, and then those that were declared', () => {
    const entry = { task: 'math.add', schedule: 30, args: [2, 3], kwargs: { z: 1 }, options: { queue: 'mail' } };
    const definitions = compile({ add: entry }, [{ name: 'nightly', task: 'reports.nightly', schedule: 60 }]);
    const nothing = { policy: {}, enabled: true, oneOff: undefined, startTime: undefined, description: undefined };
    expect(definitions).toEqual([
      { ...nothing, ...entry, name: 'add', schedule: interval(30) },
      {
        ...nothing,
        name: 'nightly',
        task: 'reports.nightly',
        schedule: interval(60),
        args: [],
        kwargs: {},
        options: {},
      },
    ]);
  });

  it("gives a schedule without a zone the application's, and leaves one that has its own", () => {
    const [own, app] = compile({
      own: { task: 't', schedule: crontab({ minute: 0, hour: 4, timezone: 'UTC' }) },
      app: { task: 't', schedule: crontab({ minute: 0, hour: 4 }) },
    });
    expect(own?.schedule.next(NOW)).toEqual(new Date('2026-01-01T04:00:00Z'));
    expect(app?.schedule.next(NOW)).toEqual(new Date('2026-01-01T19:00:00Z'));
    expect(compileOne({ schedule: cron('0 4 * * *') })?.schedule.next(NOW)).toEqual(new Date('2026-01-01T19:00:00Z'));
  });

  it('rounds seconds that are relative to the unit of the interval', () => {
    const next = (entry: Record<string, unknown>) => compileOne(entry)?.schedule.next(new Date('2026-01-01T00:10:20Z'));
    expect(next({ schedule: 3600, relative: true })).toEqual(new Date('2026-01-01T01:00:00Z'));
    expect(next({ schedule: 3600, relative: false })).toEqual(new Date('2026-01-01T01:10:20Z'));
  });

  it('takes keyword arguments from the options, as applyAsync() does, unless the entry has its own', () => {
    expect(compileOne({ options: { kwargs: { x: 1 } } })?.kwargs).toEqual({ x: 1 });
    expect(compileOne({ kwargs: { y: 2 }, options: { kwargs: { x: 1 } } })?.kwargs).toEqual({ y: 2 });
  });

  it("takes Celery's names of the options; null is not given, here and in the fields", () => {
    const options = { routing_key: 'k', expires: 5, queue: null, priority: undefined };
    expect(compileOne({ options })?.options).toEqual({ routingKey: 'k', expires: 5 });
    const nulls = { args: null, kwargs: null, options: null, enabled: null, oneOff: null, startTime: null };
    expect(compileOne(nulls)).toEqual(compileOne({}));
  });

  it('keeps lazy arguments lazy', () => {
    const func = new BeatLazyFunc(() => 1);
    expect(compileOne({ args: [func], kwargs: { x: func } })).toMatchObject({ args: [func], kwargs: { x: func } });
  });

  it('keeps what is given of the policy, and nothing else of it', () => {
    const pauseUntil = new Date('2027-01-01T00:00:00Z');
    const policy = { misfire: 'fire-once', misfireCap: 3, grace: null, overlap: 'skip', jitter: 0.5, pauseUntil };
    expect(compileOne(policy)?.policy).toEqual(policy);
    expect(compileOne({ jitter: undefined })?.policy).toEqual({});
  });

  const lazyEnd = "The beat entry 'bad' cannot be used: ";
  it.each([
    ['a schedule that is none', { schedule: '* * * * *' }, 'schedule: '],
    ['no schedule', { schedule: undefined }, 'schedule: '],
    ['an interval of nothing', { schedule: 0 }, 'interval: seconds: '],
    ['no task', { task: undefined }, 'task: give the name'],
    ['an empty task', { task: '' }, 'task: give the name'],
    ['args that are no list', { args: 'ab' }, 'args: give a list.'],
    ['kwargs that are a list', { kwargs: [1] }, 'kwargs: give an object'],
    ['kwargs that are a date', { kwargs: NOW }, 'kwargs: give an object'],
    [
      'an option that is not known',
      { options: { queu: 'q' } },
      "options: unknown option 'queu': did you mean 'queue'?",
    ],
    ['an option of the wrong kind', { options: { priority: 'high' } }, "options: 'priority' expects"],
    [
      'a retry policy that is not known',
      { options: { retryPolicy: { retries: 1 } } },
      "options.retryPolicy: unknown option 'retries'",
    ],
    ['a field that is not known', { arg: [] }, 'arg: there is no such field; the fields are name, task, schedule'],
    ['a start that is no date', { startTime: '2026-01-01' }, 'startTime: give a valid Date.'],
    ['a start that is an invalid date', { startTime: new Date('?') }, 'startTime: give a valid Date.'],
    ['enabled in words', { enabled: 'no' }, 'enabled: give true or false.'],
    ['one-off as a number', { oneOff: 1 }, 'oneOff: give true or false.'],
    ['relative in words', { relative: 'yes' }, 'relative: give true or false.'],
    ['a description that is no text', { description: 5 }, 'description: give a text.'],
    [
      'a misfire policy that is none',
      { misfire: 'never' },
      'misfire: "never" is not one of fire-once, skip, fire-all.',
    ],
    ['a negative jitter', { jitter: -1 }, 'jitter: -1 is not'],
    ['the policy that belongs to rows only', { owner: 'user' }, 'owner: there is no such field'],
  ])('refuses %s, naming entry and field', (_, entry, message) => {
    expect(() => compile({ bad: { task: 't', schedule: 1, ...entry } })).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', message: expect.stringContaining(lazyEnd + message) }),
    );
  });

  it('tells of a schedule that cannot be which field of it is wrong', () => {
    expect(() => compile({ bad: { task: 't', schedule: 0 } })).toThrow(expect.objectContaining({ field: 'seconds' }));
  });

  it('refuses two entries of one name', () => {
    const declared = [{ name: 'add', task: 'other.add', schedule: 5 }];
    expect(() => compile({ add: { task: 'math.add', schedule: 30 } }, declared)).toThrow(
      "Two beat entries are named 'add': one sends math.add, the other other.add.",
    );
  });
});
