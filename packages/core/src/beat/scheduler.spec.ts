import { EncodeError } from '../errors/protocol-errors.js';
import { BaseSchedule } from '../schedules/base-schedule.js';
import { clocked } from '../schedules/clocked.js';
import { crontab } from '../schedules/crontab.js';
import { BeatScene } from '../testing/beat-scene.js';
import type { SceneEntry, SceneOptions } from '../testing/beat-scene.js';
import type { FakeClock } from '../testing/fake-clock.js';
import { ENDLESS_TERM } from './leadership.js';
import type { SendEntry } from './run-sender.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const START = at('00:00:00');

/** A scheduler whose entries are loaded at START; `tick` waits until all that it sent is dealt with. */
async function scheduling(entries: Record<string, SceneEntry>, options: SceneOptions<FakeClock> = {}) {
  const scene = new BeatScene(entries, options);
  const { scheduler, clock } = scene;
  await scheduler.load(START, ENDLESS_TERM.fence);
  const tick = async (now: Date) => {
    await clock.advance(Math.max(0, now.getTime() - clock.now().getTime()));
    await scheduler.tick(now, ENDLESS_TERM);
    await clock.advance(0);
    return scheduler.tick(now, ENDLESS_TERM);
  };
  const names = () => scene.runs().map(([name]) => name);
  return { ...scene, scheduler, clock, tick, names };
}

class Custom extends BaseSchedule {
  constructor(readonly next: (after: Date) => Date | undefined) {
    super();
  }

  describe(): string {
    return 'custom';
  }
}

describe('Scheduler.tick', () => {
  it('sends nothing at the start, and says when the first entry is due', async () => {
    const { tick, names } = await scheduling({ slow: 60, fast: 30 });
    expect(await tick(START)).toEqual(at('00:00:30'));
    expect(names()).toEqual([]);
  });

  it('sends what is due, not before and once', async () => {
    const { tick, names } = await scheduling({ slow: 60, fast: 30 });
    expect(await tick(at('00:00:29.999'))).toEqual(at('00:00:30'));
    expect(names()).toEqual([]);
    expect(await tick(at('00:00:30'))).toEqual(at('00:01:00'));
    expect(await tick(at('00:00:30'))).toEqual(at('00:01:00'));
    expect(names()).toEqual(['fast']);
    await tick(at('00:01:00'));
    expect(names().toSorted()).toEqual(['fast', 'slow']);
  });

  it('hands over the entry as it was declared, and counts its runs', async () => {
    const { tick, entries, sent } = await scheduling({ fast: { schedule: 30, args: [1], options: { queue: 'q' } } });
    await tick(at('00:00:30.004'));
    await tick(at('00:01:00.002'));
    expect(entries.map(({ lastRunAt, totalRunCount, since }) => [lastRunAt, totalRunCount, since])).toEqual([
      [undefined, 0, START],
      [at('00:00:30.004'), 1, at('00:00:30')],
    ]);
    expect(entries[0]).toMatchObject({ name: 'fast', task: 'proj.fast' });
    expect(entries[0]?.call()).toEqual({ args: [1], kwargs: {}, options: { queue: 'q' } });
    expect(new Set(sent.map(({ taskId }) => taskId)).size).toBe(2);
  });

  it('lets no interval drift, however late the ticks', async () => {
    const { tick, sent } = await scheduling({ fast: 10 });
    let next = await tick(START);
    for (let run = 1; run <= 100; run++) {
      expect(next).toEqual(new Date(START.getTime() + run * 10_000));
      next = await tick(new Date((next as Date).getTime() + 137));
    }
    expect(sent.length).toBe(100);
  });

  it('makes up for what was missed by one run, and an interval keeps step', async () => {
    const { tick, names } = await scheduling({ fast: 30, hourly: crontab({ minute: 0 }) });
    expect(await tick(at('05:20:10'))).toEqual(at('05:20:30'));
    expect(names().toSorted()).toEqual(['fast', 'hourly']);
  });

  it('sends nothing twice when the clock is set back', async () => {
    const { tick, names } = await scheduling({ hourly: crontab({ minute: 0 }), fast: 30 });
    await tick(at('01:00:00'));
    expect(names().toSorted()).toEqual(['fast', 'hourly']);
    for (let minute = 10; minute < 60; minute++) await tick(at(`00:${minute}:00`));
    expect(await tick(at('01:00:00'))).toEqual(at('01:00:30'));
    expect(names()).toEqual([]);
  });

  it('publishes all that is due at once, not one after another, and waits for none', async () => {
    const waiting: (() => void)[] = [];
    const send: SendEntry = () => new Promise<void>((resolve) => waiting.push(resolve));
    const { scheduler, tick, names } = await scheduling({ a: 30, b: 30, c: 30 }, { send });
    expect(await tick(at('00:00:30'))).toBeUndefined();
    expect(names().toSorted()).toEqual(['a', 'b', 'c']);
    for (const resolve of waiting) resolve();
    await scheduler.end();
    expect(await tick(at('00:00:30'))).toBeUndefined();
  });

  it('is never to be called again when nothing is planned', async () => {
    const once = new Custom((after) => (after < at('00:00:05') ? at('00:00:05') : undefined));
    const { tick, names } = await scheduling({ once });
    expect(await tick(START)).toEqual(at('00:00:05'));
    expect(await tick(at('00:00:05'))).toBeUndefined();
    expect(names()).toEqual(['once']);
  });

  it("logs in Celery's words", async () => {
    const { tick, log, sent } = await scheduling({ fast: 30 });
    await tick(at('00:00:30'));
    expect(log).toEqual(['Scheduler: Sending due task fast (proj.fast)', `proj.fast sent. id->${sent[0]?.taskId}`]);
  });
});

describe('Scheduler.tick when a publish fails', () => {
  const failing = (times: number): SendEntry => {
    let left = times;
    return async ({ name }) => {
      if (name === 'bad' && left-- > 0) throw new Error('broker away');
    };
  };

  it('logs it with the name of the entry, and sends the others', async () => {
    const { tick, names, log } = await scheduling({ bad: 60, good: 60 }, { send: failing(1) });
    await tick(at('00:01:00'));
    expect(names().toSorted()).toEqual(['bad', 'good']);
    expect(log).toContain("Message Error: Couldn't apply scheduled task bad, trying again: broker away");
    expect(log).toContainEqual(expect.stringMatching(/^proj\.good sent\./));
  });

  it('tries again under the same id, longer and longer apart, until it succeeds, and keeps to the schedule', async () => {
    const { tick, sent, entries } = await scheduling({ bad: 3600 }, { send: failing(8) });
    let next: Date | undefined = at('01:00:00');
    const tries: number[] = [];
    while (sent.length < 9 && next) {
      tries.push((next.getTime() - at('01:00:00').getTime()) / 1000);
      next = await tick(next);
    }
    expect(tries).toEqual([0, 1, 3, 8, 18, 48, 108, 168, 228]);
    expect(new Set(sent.map(({ taskId }) => taskId)).size).toBe(1);
    expect(next).toEqual(at('02:00:00'));
    await tick(at('02:00:00'));
    expect(entries.at(-1)?.totalRunCount).toBe(1);
  });

  it('waits no longer than to the next due time, and makes one run of both', async () => {
    const { tick, names } = await scheduling({ bad: 4 }, { send: failing(3) });
    const next = [at('00:00:04')];
    while (next.length < 5) next.push((await tick(next.at(-1) as Date)) as Date);
    expect(next.map((time) => time.getUTCSeconds())).toEqual([4, 5, 7, 8, 12]);
    expect(names()).toHaveLength(4);
  });

  it('makes a run of each due time that passed meanwhile with misfire fire-all', async () => {
    const { tick, sent } = await scheduling({ bad: { schedule: 4, misfire: 'fire-all' } }, { send: failing(3) });
    for (const second of [4, 5, 7, 18]) await tick(at(`00:00:${String(second).padStart(2, '0')}`));
    expect(await tick(at('00:00:18'))).toEqual(at('00:00:20'));
    expect(new Set(sent.map(({ taskId }) => taskId)).size).toBe(4);
    expect(sent).toHaveLength(3 + 4);
  });

  it('gives up a run that would be refused for ever, and goes on with the next', async () => {
    const send: SendEntry = async ({ totalRunCount }) => {
      if (totalRunCount === 0) throw new EncodeError('args[0]: a function');
    };
    const { tick, names, log } = await scheduling({ bad: 60 }, { send });
    expect(await tick(at('00:01:00'))).toEqual(at('00:02:00'));
    expect(names()).toEqual(['bad']);
    expect(log.at(-1)).toMatch(/Couldn't apply scheduled task bad, this run is given up: .*args\[0\]: a function/);
  });

  it('minds a send that throws at once', async () => {
    const send: SendEntry = () => {
      throw new Error('no such task');
    };
    const { tick } = await scheduling({ bad: 60 }, { send });
    expect(await tick(at('00:01:00'))).toEqual(at('00:01:01'));
  });
});

describe("Scheduler, when a schedule of the user's own fails", () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('oops');
      },
    ],
    ['stands still', () => START],
    ['gives no date', () => new Date(NaN)],
  ])('leaves out an entry whose schedule %s, and sends the others', async (_, next) => {
    const { tick, names, log } = await scheduling({ bad: new Custom(next), good: 30 });
    await tick(at('00:00:30'));
    expect(names()).toEqual(['good']);
    expect(log).toContainEqual(expect.stringMatching(/^beat: bad has no next run, for its schedule failed: /));
  });

  it('goes on with the others when it fails later', async () => {
    let isBroken = false;
    const bad = new Custom((after) => {
      if (isBroken) throw new Error('oops');
      return new Date(after.getTime() + 30_000);
    });
    const { tick, names } = await scheduling({ bad, good: 30 });
    isBroken = true;
    await tick(at('00:00:30'));
    await tick(at('00:01:00'));
    expect(names().filter((name) => name === 'good')).toHaveLength(2);
  });
});

describe('Scheduler and the policy of an entry', () => {
  it('leaves out what was missed with misfire skip, but not what is a little late', async () => {
    const { tick, names, log } = await scheduling({ hourly: { schedule: crontab({ minute: 0 }), misfire: 'skip' } });
    expect(await tick(at('03:20:00'))).toEqual(at('04:00:00'));
    expect(names()).toEqual([]);
    expect(log).toEqual(['beat: hourly was due at 2026-01-01T03:00:00.000Z and is left out: overdue by 1200 s.']);
    expect(await tick(at('04:00:59'))).toEqual(at('05:00:00'));
    expect(names()).toEqual(['hourly']);
  });

  it('sends one run for each due time with misfire fire-all, the latest up to the cap, each with an id of its own', async () => {
    const { tick, sent } = await scheduling({
      all: { schedule: 60, misfire: 'fire-all' },
      capped: { schedule: 60, misfire: 'fire-all', misfireCap: 3 },
    });
    await tick(at('00:10:30'));
    const ids = sent.map(({ name, taskId }) => `${name} ${taskId}`);
    expect(new Set(ids).size).toBe(13);
    expect(ids.filter((id) => id.startsWith('all'))).toHaveLength(10);
  });

  it('sends nothing that is overdue for longer than its grace', async () => {
    const { tick, names } = await scheduling({ nightly: { schedule: crontab({ minute: 0, hour: 4 }), grace: 600 } });
    expect(await tick(at('04:10:00'))).toEqual(new Date('2026-01-02T04:00:00Z'));
    expect(names()).toEqual(['nightly']);
    const other = await scheduling({ nightly: { schedule: crontab({ minute: 0, hour: 4 }), grace: 600 } });
    await other.tick(at('04:10:01'));
    expect(other.names()).toEqual([]);
  });

  it('leaves out crontabs that are overdue for longer than beatCronStartingDeadline, and no intervals', async () => {
    const { tick, names } = await scheduling({ cron: crontab({ minute: 0 }), every: 3600 }, { cronDeadline: 60 });
    await tick(at('01:30:00'));
    expect(names()).toEqual(['every']);
  });

  it('delays by jitter, up to so many seconds, and keeps to the schedule', async () => {
    const { tick, clock } = await scheduling({ spread: { schedule: 60, jitter: 30 } });
    let next = await tick(START);
    const late: number[] = [];
    for (let run = 1; run <= 20; run++) {
      late.push((next as Date).getTime() - START.getTime() - run * 60_000);
      next = await tick(next as Date);
    }
    expect(clock.now() > at('00:20:00')).toBe(true);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThan(30_000);
    expect(new Set(late).size).toBeGreaterThan(10);
  });

  it('drops nothing where the jitter is longer than the interval', async () => {
    const { tick, sent, clock } = await scheduling({ spread: { schedule: 10, jitter: 25 } });
    let next = await tick(START);
    while (next && next < at('00:16:40')) next = await tick(next);
    const due = clock.monotonic() / 10_000;
    expect(sent.length).toBeGreaterThan(due - 4);
    expect(new Set(sent.map(({ taskId }) => taskId)).size).toBe(sent.length);
  });

  it('judges a run that waits for the broker before each attempt: its grace may be over, or a pause have begun', async () => {
    const away: SendEntry = async () => {
      throw new Error('broker away');
    };
    const entry = { schedule: 3600, grace: 5 };
    const { tick, log, names } = await scheduling({ hasty: entry, patient: 3600 }, { send: away });
    for (const time of ['01:00:00', '01:00:01', '01:00:03', '01:00:08']) await tick(at(time));
    expect(names().filter((name) => name === 'hasty')).toHaveLength(3);
    expect(log).toContain('beat: hasty was due at 2026-01-01T01:00:00.000Z and is left out: overdue by 8 s.');
  });

  it('sends nothing before the end of a pause, and makes up for nothing', async () => {
    const pauseUntil = at('00:10:15');
    const { tick, names } = await scheduling({ fast: { schedule: 30, pauseUntil } });
    expect(await tick(at('00:05:00'))).toEqual(at('00:10:30'));
    expect(names()).toEqual([]);
    await tick(at('00:10:30'));
    expect(names()).toEqual(['fast']);
  });

  it('sends nothing before the start time: an interval at the start itself, dates from there on', async () => {
    const startTime = at('00:10:15');
    const { tick, sent } = await scheduling({
      every: { schedule: 3600, startTime },
      cron: { schedule: crontab({ minute: '*/10' }), startTime },
    });
    expect(await tick(at('00:05:00'))).toEqual(at('00:10:15'));
    await tick(at('00:10:15'));
    await tick(at('00:20:00'));
    await tick(at('01:10:15'));
    expect(sent.map((run) => [run.name, run.at / 60_000])).toEqual([
      ['every', 10.25],
      ['cron', 20],
      ['cron', 70.25],
      ['every', 70.25],
    ]);
  });

  it('sends a one-off once, and a clocked task at its time', async () => {
    const { tick, names } = await scheduling({
      once: { schedule: 30, oneOff: true },
      later: clocked(at('00:02:00')),
    });
    expect(await tick(at('00:00:30'))).toEqual(at('00:02:00'));
    expect(await tick(at('00:02:00'))).toBeUndefined();
    expect(names()).toEqual(['once', 'later']);
  });
});

describe('Scheduler and the run before', () => {
  it('sends all the same when runs may overlap', async () => {
    const { tick, names } = await scheduling({ fast: 30 }, { isRunning: ({ policy }) => policy.overlap !== 'allow' });
    await tick(at('00:00:30'));
    await tick(at('00:01:00'));
    expect(names()).toEqual(['fast', 'fast']);
  });

  it('leaves out a run with overlap skip while the one before has not ended', async () => {
    let running = false;
    const { tick, names, log } = await scheduling(
      { fast: { schedule: 30, overlap: 'skip' } },
      { isRunning: () => running },
    );
    await tick(at('00:00:30'));
    running = true;
    expect(await tick(at('00:01:00'))).toEqual(at('00:01:30'));
    running = false;
    await tick(at('00:01:30'));
    expect(names()).toEqual(['fast', 'fast']);
    expect(log).toContainEqual(
      expect.stringMatching(/^beat: fast was due at \S+ and is left out: the run before, \S+, has not ended\.$/),
    );
  });

  it('sends one run with buffer-one as soon as the one before has ended, however many were due', async () => {
    let running = false;
    const { tick, names } = await scheduling(
      { fast: { schedule: 30, overlap: 'buffer-one' } },
      { isRunning: () => running },
    );
    await tick(at('00:00:30'));
    running = true;
    expect(await tick(at('00:01:00'))).toEqual(at('00:01:01'));
    expect(await tick(at('00:02:10'))).toEqual(at('00:02:11'));
    expect(names()).toEqual(['fast']);
    running = false;
    expect(await tick(at('00:02:11'))).toEqual(at('00:02:30'));
    expect(names()).toEqual(['fast']);
  });
});
