import type { ScheduleStore } from '../contracts/schedule-store.js';
import { crontab } from '../schedules/crontab.js';
import type { Schedule, ScheduleInput } from '../schedules/schedule.js';
import { Scheduler } from './scheduler.js';
import type { SendEntry } from './scheduler.js';
import { ScheduleEntry } from './schedule-entry.js';
import { StaticScheduleStore } from './static-schedule-store.js';

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const START = at('00:00:00');

/** A scheduler of the given schedules, each sending the task `proj.<name>`, and what it sent and said. */
async function scheduling(schedules: Record<string, ScheduleInput>, send: SendEntry = async () => {}) {
  const sent: ScheduleEntry[] = [];
  const log: string[] = [];
  const note = (message: string) => log.push(message);
  const entries = Object.entries(schedules).map(([name, schedule]) => [name, { task: `proj.${name}`, schedule }]);
  const scheduler = new Scheduler({
    store: new StaticScheduleStore({ timezone: 'UTC', beatSchedule: Object.fromEntries(entries) }),
    send: (entry) => {
      sent.push(entry);
      return send(entry);
    },
    logger: { debug: note, log: note, warn: note, error: note },
  });
  await scheduler.load(START);
  const names = () => sent.splice(0).map(({ name }) => name);
  return { scheduler, sent, names, log };
}

describe('Scheduler.tick', () => {
  it('sends nothing at the start, and says when the first entry is due', async () => {
    const { scheduler, names } = await scheduling({ slow: 60, fast: 30 });
    expect(await scheduler.tick(START)).toEqual(at('00:00:30'));
    expect(names()).toEqual([]);
  });

  it('sends what is due, not before and once', async () => {
    const { scheduler, names } = await scheduling({ slow: 60, fast: 30 });
    expect(await scheduler.tick(at('00:00:29.999'))).toEqual(at('00:00:30'));
    expect(names()).toEqual([]);
    expect(await scheduler.tick(at('00:00:30'))).toEqual(at('00:01:00'));
    expect(await scheduler.tick(at('00:00:30'))).toEqual(at('00:01:00'));
    expect(names()).toEqual(['fast']);
    await scheduler.tick(at('00:01:00'));
    expect(names().toSorted()).toEqual(['fast', 'slow']);
  });

  it('hands over the entry as it was declared, and counts its runs', async () => {
    const { scheduler, sent } = await scheduling({ fast: 30 });
    await scheduler.tick(at('00:00:30.004'));
    await scheduler.tick(at('00:01:00.002'));
    expect(sent.map(({ lastRunAt, totalRunCount }) => [lastRunAt, totalRunCount])).toEqual([
      [START, 0],
      [at('00:00:30.004'), 1],
    ]);
    expect(sent[0]).toEqual(
      expect.objectContaining({ name: 'fast', task: 'proj.fast', args: [], kwargs: {}, options: {} }),
    );
  });

  it('lets no interval drift, however late the ticks', async () => {
    const { scheduler, sent } = await scheduling({ fast: 10 });
    let next = await scheduler.tick(START);
    for (let run = 1; run <= 100; run++) {
      expect(next).toEqual(new Date(START.getTime() + run * 10_000));
      next = await scheduler.tick(new Date((next as Date).getTime() + 137));
    }
    expect(sent.length).toBe(100);
  });

  it('makes up for what was missed by one run', async () => {
    const { scheduler, names } = await scheduling({ fast: 30, hourly: crontab({ minute: 0 }) });
    expect(await scheduler.tick(at('05:20:10'))).toEqual(at('05:20:40'));
    expect(names().toSorted()).toEqual(['fast', 'hourly']);
  });

  it('sends nothing twice when the clock is set back', async () => {
    const { scheduler, names } = await scheduling({ hourly: crontab({ minute: 0 }), fast: 30 });
    await scheduler.tick(at('01:00:00'));
    expect(names().toSorted()).toEqual(['fast', 'hourly']);
    for (let minute = 10; minute < 60; minute++) await scheduler.tick(at(`00:${minute}:00`));
    expect(await scheduler.tick(at('01:00:00'))).toEqual(at('01:00:30'));
    expect(names()).toEqual([]);
  });

  it('publishes all that is due at once, not one after another', async () => {
    const waiting: (() => void)[] = [];
    const { scheduler, names } = await scheduling(
      { a: 30, b: 30, c: 30 },
      () => new Promise((resolve) => waiting.push(resolve)),
    );
    const tick = scheduler.tick(at('00:00:30'));
    expect(names().toSorted()).toEqual(['a', 'b', 'c']);
    for (const resolve of waiting) resolve();
    expect(await tick).toEqual(at('00:01:00'));
  });

  it('is never to be called again when nothing is planned', async () => {
    const once: Schedule = {
      resolve: () => once,
      next: (after) => (after < at('00:00:05') ? at('00:00:05') : undefined),
      describe: () => 'once',
    };
    const { scheduler, names } = await scheduling({ once });
    expect(await scheduler.tick(START)).toEqual(at('00:00:05'));
    expect(await scheduler.tick(at('00:00:05'))).toBeUndefined();
    expect(names()).toEqual(['once']);
  });

  it("logs in Celery's words", async () => {
    const { scheduler, log } = await scheduling({ fast: 30 }, async () => ({ id: 'f00d' }));
    await scheduler.tick(at('00:00:30'));
    expect(log).toEqual(['Scheduler: Sending due task fast (proj.fast)', 'proj.fast sent. id->f00d']);
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
    const { scheduler, names, log } = await scheduling({ bad: 60, good: 60 }, failing(1));
    await scheduler.tick(at('00:01:00'));
    expect(names().toSorted()).toEqual(['bad', 'good']);
    expect(log).toContain("Message Error: Couldn't apply scheduled task bad, trying again: broker away");
    expect(log).toContain('proj.good sent.');
  });

  it('tries again, longer and longer apart, until it succeeds, and keeps to the schedule', async () => {
    const { scheduler, sent } = await scheduling({ bad: 3600 }, failing(8));
    let next: Date | undefined = at('01:00:00');
    const tries: number[] = [];
    while (sent.length < 9 && next) {
      tries.push((next.getTime() - at('01:00:00').getTime()) / 1000);
      next = await scheduler.tick(next);
    }
    expect(tries).toEqual([0, 1, 3, 8, 18, 48, 108, 168, 228]);
    expect(next).toEqual(at('02:00:00'));
    await scheduler.tick(at('02:00:00'));
    expect(sent.at(-1)?.totalRunCount).toBe(1);
  });

  it('waits no longer than to the next due time, and makes one run of both', async () => {
    const { scheduler, names } = await scheduling({ bad: 4 }, failing(3));
    const next = [at('00:00:04')];
    while (next.length < 5) next.push((await scheduler.tick(next.at(-1) as Date)) as Date);
    expect(next.map((time) => time.getUTCSeconds())).toEqual([4, 5, 7, 8, 12]);
    expect(names()).toHaveLength(4);
  });

  it('minds a send that throws at once', async () => {
    const { scheduler } = await scheduling({ bad: 60 }, () => {
      throw new Error('no such task');
    });
    expect(await scheduler.tick(at('00:01:00'))).toEqual(at('00:01:01'));
  });
});

describe("Scheduler, when a schedule of the user's own fails", () => {
  const broken = (next: () => Date): Schedule => {
    const schedule: Schedule = { resolve: () => schedule, next, describe: () => 'broken' };
    return schedule;
  };

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
    const { scheduler, names, log } = await scheduling({ bad: broken(next), good: 30 });
    await scheduler.tick(at('00:00:30'));
    expect(names()).toEqual(['good']);
    expect(log).toContainEqual(expect.stringMatching(/^beat: bad has no next run, for its schedule failed: /));
  });

  it('still sends a run after which there is none', async () => {
    let asked = 0;
    const next = () => {
      asked += 1;
      if (asked > 1) throw new Error('oops');
      return at('00:00:05');
    };
    const { scheduler, names } = await scheduling({ bad: broken(next) });
    expect(await scheduler.tick(at('00:00:05'))).toBeUndefined();
    expect(names()).toEqual(['bad']);
  });
});

describe('Scheduler.load', () => {
  it('runs an entry at once that has missed its time, and plans anew when it is loaded again', async () => {
    const entry = new ScheduleEntry({
      name: 'nightly',
      task: 'proj.nightly',
      schedule: crontab({ minute: 0, hour: 4 }),
      args: [],
      kwargs: {},
      options: {},
      lastRunAt: new Date('2025-12-29T04:00:00Z'),
      totalRunCount: 7,
    });
    const sent: string[] = [];
    const store: ScheduleStore<ScheduleEntry> = { load: async () => [entry] };
    const send = async ({ name }: ScheduleEntry) => void sent.push(name);
    const scheduler = new Scheduler({ store, send, logger: { debug() {}, log() {}, warn() {}, error() {} } });
    await scheduler.load(START);
    await scheduler.load(START);
    expect(await scheduler.tick(START)).toEqual(at('04:00:00'));
    expect(sent).toEqual(['nightly']);
  });
});
