import type { PeriodicTaskRow, ScheduleState } from '../contracts/periodic-tasks.js';
import { clocked } from '../schedules/clocked.js';
import { crontab } from '../schedules/crontab.js';
import { interval } from '../schedules/interval.js';
import type { Schedule } from '../schedules/schedule.js';
import { COLUMN_DEFAULTS } from './column-defaults.js';
import { beginning, rowCountsFrom } from './counts-from.js';

const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);
const HOURLY = interval(3600);

describe('what has never run', () => {
  it('counts from when it was made', () => {
    expect(beginning(HOURLY, undefined, at('10:00:00'))).toEqual(at('10:00:00'));
  });

  it.each<[string, Schedule, Date]>([
    ['of an interval', HOURLY, at('15:20:00')],
    ['of a millisecond and a bit', interval({ every: 1_400, period: 'microseconds' }), at('15:20:00')],
    ['of dates that it is among', crontab({ minute: 20 }), at('15:20:00')],
    ['of dates that it is not among', crontab({ minute: 0 }), at('16:00:00')],
  ])('has its start as its first due time, or the first date from there on: %s', (_, schedule, first) => {
    expect(schedule.next(beginning(schedule, at('15:20:00'), at('10:00:00')))).toEqual(first);
  });
});

describe('a row', () => {
  const state: ScheduleState = {
    lastDueAt: at('09:00:00'),
    sentAt: at('09:00:07'),
    lastTaskId: 'a',
    schedule: 'every hour',
    nextRunAt: null,
  };
  const columns = { ...COLUMN_DEFAULTS, id: 1, name: 'n', task: 't', schedules: [], dateChanged: at('10:10:00') };
  const countsFrom = (row: Partial<PeriodicTaskRow>, schedule: Schedule = HOURLY) =>
    rowCountsFrom({ ...columns, ...row }, schedule);

  it('counts from the due time of our last run, however late that was sent', () => {
    expect(countsFrom({ lastRunAt: state.sentAt, state })).toEqual(at('09:00:00'));
  });

  it('counts from last_run_at where somebody else has written that', () => {
    expect(countsFrom({ lastRunAt: at('09:20:00'), state })).toEqual(at('09:20:00'));
    expect(countsFrom({ lastRunAt: at('09:20:00') })).toEqual(at('09:20:00'));
  });

  it('counts from the change of a schedule that has changed since the run', () => {
    expect(countsFrom({ lastRunAt: state.sentAt, state }, interval(60))).toEqual(at('10:10:00'));
  });

  it('counts so that a clocked time is due that was past when the row was made', () => {
    const schedule = clocked(at('08:00:00'));
    expect(schedule.next(countsFrom({}, schedule))).toEqual(at('08:00:00'));
  });
});
