import { BeatLazyFunc } from '../app/beat-lazy-func.js';
import type { BeatScheduleEntry } from '../app/config.js';
import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import { nextDueOf } from '../periodic-tasks/next-due.js';
import { clocked } from '../schedules/clocked.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import { compileDefinitions } from './compile-definitions.js';
import { entryOfDefinition, fixedPoint } from './definition-entry.js';
import type { Progress } from './definition-entry.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const NOW = at('10:20:00');

function entryOf(entry: Partial<BeatScheduleEntry>, progress?: Progress, now = NOW) {
  const beatSchedule = { one: { task: 't', schedule: 3600, ...entry } };
  const [definition] = compileDefinitions({ timezone: 'UTC', beatSchedule });
  if (!definition) throw new Error('no definition');
  return entryOfDefinition(definition, progress, now);
}

const ran: Progress = {
  since: at('08:30:00'),
  schedule: 'every hour',
  lastRunAt: at('08:30:01'),
  lastTaskId: 'a',
  totalRunCount: 3,
};

describe('entryOfDefinition', () => {
  it('begins to count now', () => {
    const entry = entryOf({ misfire: 'skip' });
    expect(entry).toMatchObject({
      name: 'one',
      task: 't',
      rowId: undefined,
      oneOff: false,
      expires: undefined,
      since: NOW,
      lastRunAt: undefined,
      lastTaskId: undefined,
      totalRunCount: 0,
      policy: { ...DEFAULT_POLICY, misfire: 'skip' },
    });
    expect(nextDueOf(entry)).toEqual(at('11:20:00'));
  });

  it('goes on where it was', () => {
    const { since, lastRunAt, lastTaskId, totalRunCount } = ran;
    expect(entryOf({}, ran)).toMatchObject({ since, lastRunAt, lastTaskId, totalRunCount });
  });

  it('begins to count now when its schedule has changed, and still knows of its runs', () => {
    expect(entryOf({ schedule: 1800 }, ran)).toMatchObject({ since: NOW, lastTaskId: 'a', totalRunCount: 3 });
  });

  it('is a one-off when it is clocked', () => {
    expect(entryOf({ schedule: clocked(at('12:00:00')) }).oneOff).toBe(true);
    expect(entryOf({ oneOff: true }).oneOff).toBe(true);
    expect(entryOf({ schedule: clocked(at('12:00:00')), oneOff: false }).oneOff).toBe(false);
  });

  it('works out lazy arguments anew for each run, and not before', () => {
    let count = 0;
    const lazy = new BeatLazyFunc((by: number) => (count += by), 10);
    const entry = entryOf({ args: ['a', lazy], kwargs: { n: lazy, plain: 1 }, options: { queue: 'q' } });
    expect(count).toBe(0);
    expect(entry.call()).toEqual({ args: ['a', 10], kwargs: { n: 20, plain: 1 }, options: { queue: 'q' } });
    expect(entry.call()).toEqual({ args: ['a', 30], kwargs: { n: 40, plain: 1 }, options: { queue: 'q' } });
  });
});

describe('The start of an entry that has never run', () => {
  const next = (entry: Partial<BeatScheduleEntry>, progress?: Progress) => nextDueOf(entryOf(entry, progress));

  it('is its first due time when it is still to come', () => {
    expect(next({ startTime: at('15:30:00') })).toEqual(at('15:30:00'));
    expect(next({ schedule: crontab({ minute: 0 }), startTime: at('15:30:00') })).toEqual(at('16:00:00'));
    expect(next({ schedule: crontab({ minute: 30 }), startTime: at('15:30:00') })).toEqual(at('15:30:00'));
  });

  it('sends nothing at once when it is past: an interval is in step with it, dates count from now', () => {
    expect(next({ startTime: at('09:30:00') })).toEqual(at('10:30:00'));
    expect(next({ startTime: new Date('1999-12-31T23:30:00Z') })).toEqual(at('10:30:00'));
    expect(next({ schedule: crontab({ minute: 15 }), startTime: at('09:00:00') })).toEqual(at('11:15:00'));
  });

  it('may be moved as long as it is still to come', () => {
    const before: Progress = { since: at('14:30:00'), schedule: 'every hour', totalRunCount: 0 };
    expect(next({ startTime: at('12:00:00') }, before)).toEqual(at('12:00:00'));
    expect(next({ startTime: at('18:00:00') }, before)).toEqual(at('18:00:00'));
  });

  it('is made up for when it came while no beat ran', () => {
    const before: Progress = { since: at('08:30:00'), schedule: 'every hour', totalRunCount: 0 };
    expect(next({ startTime: at('09:30:00') }, before)).toEqual(at('09:30:00'));
  });
});

describe('fixedPoint', () => {
  it.each([
    ['an interval', interval(5400), at('09:00:00')],
    ['a fraction of a second', interval(0.7), at('10:19:59.4')],
    ['less than a millisecond', interval(0.0001), NOW],
    ['a relative one', interval({ days: 1, relative: true, timezone: 'Asia/Seoul' }), at('00:00:00')],
  ])('lies before a due time that is the same for every start: %s', (_, schedule, expected) => {
    const point = fixedPoint(schedule, NOW);
    const end = schedule.next(point) as Date;
    expect(point).toEqual(expected);
    expect(end > NOW).toBe(true);
    expect(schedule.next(fixedPoint(schedule, new Date(end.getTime() - 1)))).toEqual(end);
    expect(fixedPoint(schedule, end)).toEqual(end);
  });
});
