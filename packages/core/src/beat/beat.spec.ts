import { BackendUnavailable } from '../errors/backend-errors.js';
import { MemoryScheduleDatabase } from '../memory/memory-schedule-database.js';
import { crontab } from '../schedules/crontab.js';
import { BeatScene } from '../testing/beat-scene.js';
import { FakeClock } from '../testing/fake-clock.js';
import { waitUntil } from '../testing/wait-until.js';
import { systemClock } from '../time/system-clock.js';
import { DatabaseScheduleStore } from './database-schedule-store.js';
import type { SendEntry } from './run-sender.js';

describe('Beat', () => {
  it('sends each entry at its time', async () => {
    const { beat, clock, ...scene } = new BeatScene({ fast: 25, minutely: crontab() });
    await beat.start();
    await clock.advance(65_000);
    await beat.stop();
    expect(scene.sent.map(({ name, at }) => [name, at])).toEqual([
      ['fast', 25_000],
      ['fast', 50_000],
      ['minutely', 60_000],
    ]);
  });

  it('keeps time, though every publish takes a while', async () => {
    const clock = new FakeClock();
    const scene = new BeatScene({ fast: 60 }, { clock, send: () => clock.sleep(40) });
    await scene.beat.start();
    await clock.advance(7_200_100);
    await scene.beat.stop();
    expect(scene.runs()).toEqual(Array.from({ length: 120 }, (_, run) => ['fast', (run + 1) * 60_000]));
  });

  it('lets no publish that hangs hold up the others', async () => {
    const send: SendEntry = ({ name }) => (name === 'stuck' ? new Promise(() => {}) : Promise.resolve());
    const scene = new BeatScene({ stuck: 10, fast: 10 }, { send });
    await scene.beat.start();
    await scene.clock.advance(30_000);
    expect(scene.runs().filter(([name]) => name === 'fast')).toHaveLength(3);
  });

  it('looks again after the longest sleep at the latest', async () => {
    const wakings = async (maxInterval?: number) => {
      const { beat, clock, log } = new BeatScene({ hourly: 3600 }, maxInterval === undefined ? {} : { maxInterval });
      await beat.start();
      await clock.advance(599_999);
      await beat.stop();
      return log.filter((line) => line.startsWith('beat: Waking up'));
    };
    expect(await wakings()).toEqual(Array(2).fill('beat: Waking up in 5 minutes.'));
    expect(await wakings(60)).toEqual(Array(10).fill('beat: Waking up in 1 minute.'));
  });

  it('sends nothing twice, and goes on, when the clock is set back while it sleeps', async () => {
    const { beat, clock, sent } = new BeatScene({ hourly: crontab({ minute: 0 }) });
    await beat.start();
    await clock.advance(3_600_000);
    clock.stepWall(-1_800_000);
    await clock.advance(2 * 3_600_000);
    await beat.stop();
    expect(sent.map(({ at }) => at)).toEqual([3_600_000, 3_600_000 + 5_400_000]);
  });

  it('catches up once, within the longest sleep, when the clock is set forward', async () => {
    const { beat, clock, sent } = new BeatScene({ fast: 400 }, { maxInterval: 60 });
    await beat.start();
    await clock.advance(1000);
    clock.stepWall(7_200_000);
    await clock.advance(100_000);
    await beat.stop();
    expect(sent.map(({ at }) => at)).toEqual([60_000]);
  });

  it('says what it does in the words of Celery', async () => {
    const { beat, clock, log, sent } = new BeatScene({ fast: 30 });
    await beat.start();
    await clock.advance(30_000);
    await beat.stop();
    expect(log).toEqual([
      'beat: Starting...',
      'beat: Ticking with max interval->5 minutes',
      'beat: Waking up in 30 seconds.',
      'Scheduler: Sending due task fast (proj.fast)',
      `proj.fast sent. id->${sent[0]?.taskId}`,
      'beat: Waking up in 30 seconds.',
      'beat: Shutting down...',
    ]);
  });

  it('tells how it is', async () => {
    const { beat, clock } = new BeatScene({ fast: 30 });
    expect(beat.health.state).toBe('stopped');
    await beat.start();
    await clock.advance(45_000);
    expect(beat.health).toEqual({
      state: 'leading',
      entries: 1,
      lastTick: new Date('2026-01-01T00:00:30Z'),
      nextTick: new Date('2026-01-01T00:01:00Z'),
    });
    await beat.stop();
    expect(beat.health.state).toBe('stopped');
  });
});

describe('Beat as a service', () => {
  it('starts once when it is started twice', async () => {
    const { beat, clock, sent } = new BeatScene({ fast: 10 });
    await Promise.all([beat.start(), beat.start()]);
    await beat.start();
    await clock.advance(10_000);
    await beat.stop();
    expect(sent.map(({ at }) => at)).toEqual([10_000]);
  });

  it('leaves no timer and sends no more once it has stopped', async () => {
    const { beat, clock, sent } = new BeatScene({ fast: 10 });
    await beat.start();
    await clock.advance(5_000);
    await Promise.all([beat.stop(), beat.stop()]);
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect(sent).toEqual([]);
  });

  it('may be stopped before it was started', async () => {
    const { beat, clock, log } = new BeatScene({ fast: 10 });
    await beat.stop();
    expect(log).toEqual([]);
    await beat.start();
    await beat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops when it is stopped while it starts', async () => {
    const { beat, clock, sent } = new BeatScene({ fast: 10 });
    const started = beat.start();
    await beat.stop();
    await started;
    await clock.advance(60_000);
    expect(sent).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts again after a stop', async () => {
    const { beat, clock, sent } = new BeatScene({ fast: 10 });
    await beat.start();
    await clock.advance(15_000);
    const stopped = beat.stop();
    await beat.start();
    await stopped;
    await clock.advance(10_000);
    await beat.stop();
    expect(sent).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for what is being published when it is stopped, and does not start again before', async () => {
    const waiting: (() => void)[] = [];
    const send: SendEntry = () => new Promise<void>((resolve) => waiting.push(resolve));
    const { beat, clock, log } = new BeatScene({ fast: 10 }, { send });
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

  it('does not wait for ever for what does not answer', async () => {
    const { beat, clock, log } = new BeatScene({ fast: 10 }, { send: () => new Promise(() => {}) });
    await beat.start();
    await clock.advance(10_000);
    let stopped = false;
    const stopping = beat.stop().then(() => (stopped = true));
    await clock.advance(14_999);
    expect(stopped).toBe(false);
    await clock.advance(1);
    await stopping;
    expect(log.at(-1)).toMatch(/^beat: Broker or database do not answer/);
    expect(clock.pendingTimers).toBe(0);
  });

  it('fails to start when the entries cannot be loaded, and may be started again', async () => {
    const scene = new BeatScene({ fast: 10 });
    let isBroken = true;
    const load = scene.store.load.bind(scene.store);
    scene.store.load = async (...args) => {
      if (isBroken) throw new Error('no table');
      return load(...args);
    };
    await expect(scene.beat.start()).rejects.toThrow('no table');
    isBroken = false;
    await scene.beat.start();
    await scene.clock.advance(10_000);
    expect(scene.sent).toHaveLength(1);
    await scene.beat.stop();
    expect(scene.clock.pendingTimers).toBe(0);
  });

  it('sends on time, and never early, by the real clock', async () => {
    const start = systemClock.now().getTime();
    const late: number[] = [];
    const send = async () => void late.push(systemClock.now().getTime() - start);
    const { beat } = new BeatScene({ fast: 0.05 }, { clock: systemClock, send });
    await beat.start();
    await waitUntil('five runs', () => late.length >= 5);
    await beat.stop();
    expect(late.slice(0, 5).every((elapsed, run) => elapsed >= (run + 1) * 50)).toBe(true);
  });
});

let databases = 0;

/** Several beats of one database, each with a clock that is the same for all. */
function sharing(count: number, send: SendEntry = async () => {}) {
  const clock = new FakeClock();
  const name = `memory://beat-spec-${++databases}`;
  const scenes = Array.from({ length: count }, (_, index) => {
    const database = new MemoryScheduleDatabase(name, { clock });
    const logger = { debug: note, log: note, warn: note, error: note };
    const log: string[] = [];
    function note(line: string) {
      log.push(line);
    }
    const store = new DatabaseScheduleStore({ database, definitions: [], config: { timezone: 'UTC' }, clock, logger });
    const scene = new BeatScene({}, { clock, store, send, owner: `beat${index + 1}` });
    return { ...scene, beat: scene.beat, database, scene };
  });
  const [first] = scenes as [(typeof scenes)[number]];
  const add = (task: string, seconds: number) =>
    first.database.tasks.insert({
      name: task,
      task: `proj.${task}`,
      schedules: [{ kind: 'interval', every: seconds, period: 'seconds' }],
    });
  return { clock, scenes, first, add };
}

describe('Several beats of one database', () => {
  it('let one lead, and the others stand by', async () => {
    const { clock, scenes, first, add } = sharing(3);
    await first.database.open();
    await add('tick', 10);
    for (const { beat } of scenes) await beat.start();
    expect(scenes.map(({ beat }) => beat.health.state)).toEqual(['leading', 'standby', 'standby']);
    expect(scenes[1]?.log).toContain('beat: Standing by, beat1 leads.');
    await clock.advance(30_000);
    expect(scenes.map(({ sent }) => sent.length)).toEqual([3, 0, 0]);
    for (const { beat, database } of scenes) {
      await beat.stop();
      await database.close();
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('have the next one lead within two seconds of a clean stop, which misses nothing', async () => {
    const { clock, scenes, first, add } = sharing(2);
    await first.database.open();
    await add('tick', 5);
    for (const { beat } of scenes) await beat.start();
    await clock.advance(12_000);
    await first.beat.stop();
    await clock.advance(2_000);
    expect(scenes[1]?.beat.health.state).toBe('leading');
    await clock.advance(7_000);
    expect(scenes.flatMap(({ sent }) => sent.map(({ at }) => at))).toEqual([5_000, 10_000, 15_000, 20_000]);
    await scenes[1]?.beat.stop();
  });

  it('have the next one lead within fifteen seconds of a crash, and send what was claimed under its id', async () => {
    let isAlive = true;
    const send: SendEntry = () => (isAlive ? Promise.resolve() : new Promise(() => {}));
    const { clock, scenes, first, add } = sharing(2, send);
    const [, second] = scenes;
    await first.database.open();
    await add('tick', 60);
    for (const { beat } of scenes) await beat.start();
    isAlive = false; // it claims, and then it is gone: nothing it does takes effect any more
    await clock.advance(60_000);
    const [claimed] = await first.database.runs.history('tick', 1);
    expect(claimed).toMatchObject({ status: 'claimed', dueAt: new Date('2026-01-01T00:01:00Z') });
    first.database.leases.renew = () => new Promise(() => {});
    isAlive = true;
    await clock.advance(15_000);
    expect(second?.sent.map(({ taskId }) => taskId)).toEqual([claimed?.taskId]);
    expect(await first.database.runs.history('tick', 1)).toMatchObject([{ status: 'sent' }]);
    await second?.beat.stop();
  });

  it('stop a leader that slept through the end of its lease from sending', async () => {
    const { clock, scenes, first, add } = sharing(2);
    const [, second] = scenes;
    await first.database.open();
    await add('tick', 20);
    for (const { beat } of scenes) await beat.start();
    // it is frozen: its timers run when it is thawed, the other's go on
    first.database.leases.renew = () => new Promise(() => {});
    await clock.advance(100_000);
    const times = scenes.flatMap(({ sent }) => sent.map(({ at }) => at)).toSorted((a, b) => a - b);
    expect(new Set(times).size).toBe(times.length);
    expect(second?.beat.health.state).toBe('leading');
    await second?.beat.stop();
  });

  it('go on by themselves when the database was away', async () => {
    const { clock, first, add, scenes } = sharing(1);
    await first.database.open();
    await add('tick', 10);
    await first.beat.start();
    const { claim } = first.database.runs;
    first.database.runs.claim = async () => {
      throw new BackendUnavailable('down');
    };
    await clock.advance(35_000);
    expect(scenes[0]?.log.filter((line) => line.includes('cannot be claimed'))).toHaveLength(1);
    first.database.runs.claim = claim;
    await clock.advance(6_000);
    expect(first.sent.map(({ at }) => at)).toEqual([36_000, 40_000]);
    await first.beat.stop();
  });
});

describe('Beat and what goes wrong between claim and mark', () => {
  it('marks what it has sent before it lets another lead', async () => {
    const { clock, scenes, first, add } = sharing(2);
    const { settle } = first.database.runs;
    await first.database.open();
    await add('tick', 10);
    for (const { beat } of scenes) await beat.start();
    first.database.runs.settle = async (runs) => {
      await clock.sleep(3_000);
      await settle(runs);
    };
    await clock.advance(10_000);
    const stopping = first.beat.stop();
    await clock.advance(9_000);
    await stopping;
    const ids = scenes.flatMap(({ sent }) => sent.map(({ taskId }) => taskId));
    expect(ids).toHaveLength(1);
    await scenes[1]?.beat.stop();
  });

  it('marks what it has sent before it leads again, when the database was away for longer than its lease', async () => {
    const { clock, first, add, scenes } = sharing(1);
    const away = async () => {
      throw new BackendUnavailable('down');
    };
    await first.database.open();
    await add('tick', 10);
    await first.beat.start();
    const { runs, leases } = first.database;
    const [{ settle }, { renew }] = [{ ...runs }, { ...leases }];
    runs.settle = away;
    leases.renew = away;
    await clock.advance(25_000);
    runs.settle = settle;
    leases.renew = renew;
    await clock.advance(20_000);
    const ids = scenes.flatMap(({ sent }) => sent.map(({ taskId }) => taskId));
    expect(ids.length).toBeGreaterThan(2);
    expect(new Set(ids).size).toBe(ids.length);
    await first.beat.stop();
  });

  it('asks for the same claims again when the answer did not come, and leaves none behind', async () => {
    const { clock, first, add } = sharing(1);
    await first.database.open();
    await add('tick', 10);
    await first.beat.start();
    const { runs } = first.database;
    const { claim } = { ...runs };
    let isLost = true;
    runs.claim = async (...args) => {
      const claims = await claim(...args);
      if (isLost) throw new BackendUnavailable('the answer is lost');
      return claims;
    };
    await clock.advance(35_000);
    isLost = false;
    await clock.advance(10_000);
    expect((await runs.history('tick', 10)).map(({ status, dueAt }) => [status, dueAt.getUTCSeconds()])).toEqual([
      ['sent', 40],
      ['sent', 10],
    ]);
    await first.beat.stop();
  });

  it('gives a lease back that comes when it is stopping', async () => {
    const { clock, scenes, first } = sharing(2);
    const [, second] = scenes as [unknown, (typeof scenes)[number]];
    for (const { beat } of scenes) await beat.start();
    const { leases } = second.database;
    const { acquire } = { ...leases };
    leases.acquire = async (...args) => {
      await clock.sleep(500);
      return acquire(...args);
    };
    await first.beat.stop();
    await clock.advance(1_200);
    const stopping = second.beat.stop();
    await clock.advance(5_000);
    await stopping;
    expect(clock.pendingTimers).toBe(0);
    expect(await first.database.leases.acquire('anybody', 1)).toHaveProperty('fence');
  });
});

describe('Beat and edits while it runs', () => {
  it('sends nothing of a row that was deleted while it was loaded', async () => {
    const { clock, first, add } = sharing(1);
    const { tasks } = first.database;
    await first.database.open();
    const gone = await add('gone', 5);
    const { page } = { ...tasks };
    tasks.page = async (...args) => {
      const rows = await page(...args);
      await clock.sleep(1_000);
      return rows;
    };
    const starting = first.beat.start();
    await clock.advance(500);
    await tasks.remove(gone);
    await clock.advance(30_000);
    await starting;
    expect(first.sent).toEqual([]);
    await first.beat.stop();
  });

  it('does not send what has expired while no beat ran', async () => {
    const { clock, first, add } = sharing(1);
    const { tasks } = first.database;
    await first.database.open();
    const id = await add('old', 10);
    await tasks.update(id, { expires: new Date('2026-01-01T00:01:00Z') });
    await clock.advance(300_000);
    await first.beat.start();
    await clock.advance(1_000);
    expect(first.sent).toEqual([]);
    expect(await tasks.find({ ids: [id] })).toMatchObject([{ enabled: false }]);
    await first.beat.stop();
  });

  it('takes up a new task, a changed one, a disabled and a deleted one, at once', async () => {
    const { clock, first, add } = sharing(1);
    const { tasks } = first.database;
    await first.database.open();
    await add('kept', 100);
    const gone = await add('gone', 7);
    await first.beat.start();
    const made = await add('made', 10);
    await tasks.remove(gone);
    await clock.advance(25_000);
    expect(first.scene.runs()).toEqual([
      ['made', 10_000],
      ['made', 20_000],
    ]);
    await tasks.update(made, { schedules: [{ kind: 'interval', every: 3, period: 'seconds' }] });
    await clock.advance(4_000);
    expect(first.scene.runs()).toEqual([['made', 28_000]]);
    await tasks.update(made, { enabled: false });
    await clock.advance(60_000);
    expect(first.scene.runs()).toEqual([]);
    await clock.advance(15_000);
    expect(first.scene.runs()).toEqual([['kept', 100_000]]);
    await first.beat.stop();
  });
});
