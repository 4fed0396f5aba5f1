import { silentLogger } from '../contracts/logger.js';
import { crontab } from '../schedules/crontab.js';
import type { ScheduleInput } from '../schedules/schedule.js';
import { FakeClock } from '../testing/fake-clock.js';
import { systemClock } from '../time/system-clock.js';
import { Beat } from './beat.js';
import { Scheduler } from './scheduler.js';
import type { SendEntry } from './scheduler.js';
import { StaticScheduleStore } from './static-schedule-store.js';

const START = new Date('2026-01-01T00:00:00Z');

/** A beat of the given schedules on a clock of its own, and when it sent what, in milliseconds since the start. */
function beating(schedules: Record<string, ScheduleInput>, options: { maxInterval?: number; send?: SendEntry } = {}) {
  const clock = new FakeClock(START);
  const sent: [name: string, elapsed: number][] = [];
  const log: string[] = [];
  const note = (message: string) => log.push(message);
  const logger = { debug: note, log: note, warn: note, error: note };
  const entries = Object.entries(schedules).map(([name, schedule]) => [name, { task: `proj.${name}`, schedule }]);
  const store = new StaticScheduleStore({ timezone: 'UTC', beatSchedule: Object.fromEntries(entries) });
  const send: SendEntry = (entry) => {
    sent.push([entry.name, clock.monotonic()]);
    return options.send?.(entry) ?? Promise.resolve();
  };
  const scheduler = new Scheduler({ store, send, logger });
  const beat = new Beat({ scheduler, clock, logger, maxInterval: options.maxInterval ?? 0 });
  return { beat, clock, sent, log };
}

describe('Beat', () => {
  it('sends each entry at its time', async () => {
    const { beat, clock, sent } = beating({ fast: 25, minutely: crontab() });
    await beat.start();
    await clock.advance(65_000);
    await beat.stop();
    expect(sent).toEqual([
      ['fast', 25_000],
      ['fast', 50_000],
      ['minutely', 60_000],
    ]);
  });

  it('keeps time, though every publish takes a while', async () => {
    const { beat, clock, sent } = beating({ fast: 60 }, { send: () => clock.sleep(40) });
    await beat.start();
    await clock.advance(7_200_100);
    await beat.stop();
    expect(sent).toEqual(Array.from({ length: 120 }, (_, run) => ['fast', (run + 1) * 60_000]));
  });

  it('looks again after the longest sleep at the latest: 300 seconds, as Celery, or what is set', async () => {
    const wakings = async (maxInterval: number) => {
      const { beat, clock, log } = beating({ hourly: 3600 }, { maxInterval });
      await beat.start();
      await clock.advance(599_999);
      await beat.stop();
      return log
        .filter((line) => line.startsWith('beat: Waking up'))
        .slice(0, 2)
        .concat(String(log.length));
    };
    expect(await wakings(0)).toEqual(['beat: Waking up in 5 minutes.', 'beat: Waking up in 5 minutes.', '5']);
    expect(await wakings(60)).toEqual(['beat: Waking up in 1 minute.', 'beat: Waking up in 1 minute.', '13']);
  });

  it('sends nothing twice, and goes on, when the clock is set back while it sleeps', async () => {
    const { beat, clock, sent } = beating({ hourly: crontab({ minute: 0 }) });
    await beat.start();
    await clock.advance(3_600_000);
    clock.stepWall(-1_800_000);
    await clock.advance(2 * 3_600_000);
    await beat.stop();
    expect(sent).toEqual([
      ['hourly', 3_600_000],
      ['hourly', 3_600_000 + 5_400_000],
    ]);
  });

  it('catches up once, within the longest sleep, when the clock is set forward', async () => {
    const { beat, clock, sent } = beating({ fast: 400 }, { maxInterval: 60 });
    await beat.start();
    await clock.advance(1000);
    clock.stepWall(7_200_000);
    await clock.advance(100_000);
    await beat.stop();
    expect(sent).toEqual([['fast', 60_000]]);
  });

  it('says what it does in the words of Celery', async () => {
    const { beat, clock, log } = beating({ fast: 30 });
    await beat.start();
    await clock.advance(30_000);
    await beat.stop();
    expect(log).toEqual([
      'beat: Starting...',
      'beat: Ticking with max interval->5 minutes',
      'beat: Waking up in 30 seconds.',
      'Scheduler: Sending due task fast (proj.fast)',
      'proj.fast sent.',
      'beat: Waking up in 30 seconds.',
      'beat: Shutting down...',
    ]);
  });
});

describe('Beat as a service', () => {
  it('starts once when it is started twice', async () => {
    const { beat, clock, sent } = beating({ fast: 10 });
    await Promise.all([beat.start(), beat.start()]);
    await beat.start();
    await clock.advance(10_000);
    await beat.stop();
    expect(sent).toEqual([['fast', 10_000]]);
  });

  it('leaves no timer and sends no more once it has stopped', async () => {
    const { beat, clock, sent } = beating({ fast: 10 });
    await beat.start();
    await clock.advance(5_000);
    await Promise.all([beat.stop(), beat.stop()]);
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect(sent).toEqual([]);
  });

  it('may be stopped before it was started', async () => {
    const { beat, clock, log } = beating({ fast: 10 });
    await beat.stop();
    expect(log).toEqual([]);
    await beat.start();
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops when it is stopped while it starts', async () => {
    const { beat, clock, sent } = beating({ fast: 10 });
    const started = beat.start();
    await beat.stop();
    await started;
    await clock.advance(60_000);
    expect(sent).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts again after a stop, and counts anew', async () => {
    const { beat, clock, sent } = beating({ fast: 10 });
    await beat.start();
    await clock.advance(15_000);
    const stopped = beat.stop();
    await beat.start();
    await stopped;
    await clock.advance(10_000);
    await beat.stop();
    expect(sent).toEqual([
      ['fast', 10_000],
      ['fast', 25_000],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for what is being published when it is stopped', async () => {
    let published: () => void = () => {};
    const { beat, clock } = beating({ fast: 10 }, { send: () => new Promise((resolve) => (published = resolve)) });
    await beat.start();
    await clock.advance(10_000);
    let stopped = false;
    const stopping = beat.stop().then(() => (stopped = true));
    await clock.advance(60_000);
    expect(stopped).toBe(false);
    published();
    await stopping;
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not start again before what was being published has been', async () => {
    const waiting: (() => void)[] = [];
    const { beat, clock, log } = beating({ fast: 10 }, { send: () => new Promise((resolve) => waiting.push(resolve)) });
    await beat.start();
    await clock.advance(10_000);
    const stopped = beat.stop();
    const started = beat.start();
    await clock.advance(60_000);
    expect(log.filter((line) => line === 'beat: Starting...')).toHaveLength(1);
    waiting[0]?.();
    await Promise.all([stopped, started]);
    expect(log.filter((line) => line === 'beat: Starting...')).toHaveLength(2);
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('fails to start when the entries cannot be loaded, and may be started again', async () => {
    const clock = new FakeClock(START);
    let broken = true;
    const scheduler = {
      load: async () => {
        if (broken) throw new Error('no table');
      },
      tick: async () => undefined,
    };
    const beat = new Beat({ scheduler, clock, logger: silentLogger, maxInterval: 0 });
    await expect(beat.start()).rejects.toThrow('no table');
    broken = false;
    await beat.start();
    expect(clock.pendingTimers).toBe(1);
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends on time, and never early, by the real clock', async () => {
    const late: number[] = [];
    let enough: () => void = () => {};
    const done = new Promise<void>((resolve) => (enough = resolve));
    const start = systemClock.now();
    const store = new StaticScheduleStore({ timezone: 'UTC', beatSchedule: { fast: { task: 't', schedule: 0.05 } } });
    const send = async () => {
      late.push((systemClock.now().getTime() - start.getTime()) % 50);
      if (late.length === 5) enough();
    };
    const beat = new Beat({
      scheduler: new Scheduler({ store: { load: () => store.load(start) }, send, logger: silentLogger }),
      clock: systemClock,
      logger: silentLogger,
      maxInterval: 0,
    });
    await beat.start();
    await done;
    await beat.stop();
    expect(Math.min(...late)).toBeLessThan(25);
  });
});
