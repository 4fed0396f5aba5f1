import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type { SchedulePolicy } from '../contracts/periodic-tasks.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { interval } from '../schedules/interval.js';
import { FakeClock } from '../testing/fake-clock.js';
import { OverlapGuard } from './overlap.js';
import { ScheduleEntry } from './schedule-entry.js';

const START = new Date('2026-01-01T00:00:00Z');

function entryWith(overlap: SchedulePolicy['overlap'], lastTaskId: string | undefined = 'last'): ScheduleEntry {
  const ran = lastTaskId === undefined ? {} : { lastRunAt: START, lastTaskId };
  return new ScheduleEntry({
    name: 'e',
    task: 't',
    schedule: interval(30),
    policy: { ...DEFAULT_POLICY, overlap },
    oneOff: false,
    call: () => ({ args: [], kwargs: {}, options: {} }),
    since: START,
    totalRunCount: 1,
    ...ran,
  });
}

function guard(status: string | undefined, hasBackend = true) {
  const clock = new FakeClock(START);
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const metas = new Map(status === undefined ? [] : [['last', { taskId: 'last', status } as TaskMeta]]);
  const backend = hasBackend ? { connect: async () => {}, getMany: async () => metas } : undefined;
  const logger = { debug: note, log: note, warn: note, error: note };
  return { overlap: new OverlapGuard({ backend, resultExpires: 3600, clock, logger }), clock, log };
}

describe('OverlapGuard', () => {
  it.each([
    ['a result that nobody has stored yet', undefined, true],
    ['STARTED', 'STARTED', true],
    ['RETRY', 'RETRY', true],
    ['SUCCESS', 'SUCCESS', false],
    ['FAILURE', 'FAILURE', false],
    ['REVOKED', 'REVOKED', false],
  ])('with %s takes the run before to be under way or not', async (_, status, isRunning) => {
    expect(await guard(status).overlap.isRunning(entryWith('skip'))).toBe(isRunning);
  });

  it('does not ask for an entry that may overlap, or has not run', async () => {
    expect(await guard('STARTED').overlap.isRunning(entryWith('allow'))).toBe(false);
    const { overlap } = guard('STARTED');
    const fresh = new ScheduleEntry({ ...entryWith('skip'), lastRunAt: undefined, lastTaskId: undefined });
    expect(await overlap.isRunning(fresh)).toBe(false);
  });

  it('takes a run to be over when its result would have expired: a message may have been lost', async () => {
    const { overlap, clock } = guard(undefined);
    await clock.advance(3_600_000);
    expect(await overlap.isRunning(entryWith('skip'))).toBe(true);
    await clock.advance(1);
    expect(await overlap.isRunning(entryWith('skip'))).toBe(false);
  });

  it('says once that it knows nothing without a result backend', async () => {
    const { overlap, log } = guard(undefined, false);
    expect(await overlap.isRunning(entryWith('skip'))).toBe(false);
    expect(await overlap.isRunning(entryWith('skip'))).toBe(false);
    expect(log).toEqual(['beat: overlap needs a result backend, and there is none: runs may overlap.']);
  });
});
