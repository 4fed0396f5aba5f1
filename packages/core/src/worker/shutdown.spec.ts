import { Signals } from '../app/signals.js';
import type { CeleryApp } from '../app/celery-app.js';
import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import { silentLogger } from '../contracts/logger.js';
import type { Pool } from '../contracts/pool.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Shutdown } from './shutdown.js';
import { WorkerLog } from './worker-log.js';

/** A pool with so many jobs; they end when the test says so, or when they are cancelled. */
class FakePool implements Pool {
  readonly name = 'fake';
  readonly size = 10;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly clock: FakeClock,
    public active: number,
    private readonly events: string[],
  ) {}

  async start(): Promise<void> {}
  run(): void {}
  resize(): void {}
  clear(): void {}

  end(jobs: number): void {
    this.active -= jobs;
    if (this.active === 0) for (const done of this.#waiting.splice(0)) done();
  }

  async stop(deadline: Date): Promise<number> {
    if (this.active === 0) return 0;
    await new Promise<void>((resolve) => {
      const cancel = this.clock.at(deadline, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
    return this.active;
  }

  async close(): Promise<void> {
    this.events.push('pool closed');
  }
}

interface Scene {
  readonly active?: number;
  /** Jobs that do not end when they are cancelled. */
  readonly stubborn?: number;
  readonly options?: CeleryOptions;
  /** A broker that never answers. */
  readonly frozen?: boolean;
}

function worker({ active = 0, stubborn = 0, options = {}, frozen = false }: Scene = {}) {
  const events: string[] = [];
  const clock = new FakeClock();
  const signals = new Signals(silentLogger);
  const app = { clock, config: compileConfig(options), signals } as unknown as CeleryApp;
  const pool = new FakePool(clock, active, events);
  const answer = (event: string): Promise<void> => {
    events.push(event);
    return frozen ? new Promise(() => {}) : Promise.resolve();
  };
  const consumer = {
    pause: () => answer('paused'),
    stop: () => answer('consumer closed'),
  };
  const dispatcher = {
    quiet: (paused: Promise<void>) => {
      events.push('quiet');
      return paused;
    },
    release: () => void events.push('released'),
    cancel: () => {
      events.push('cancelled');
      pool.end(pool.active - stubborn);
    },
  };
  const remoteControl = { start: async () => {}, stop: async () => {} };
  const log = new WorkerLog({ ...silentLogger, warn: (line) => void events.push(line) }, 'INFO');
  const shutdown = new Shutdown({ app, hostname: 'w@here', pool, consumer, dispatcher, remoteControl, log });
  const ended = (end: Promise<void>) => void end.then(() => events.push('ended'));
  return { events, clock, signals, pool, shutdown, ended };
}

const inSeconds = (clock: FakeClock, seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
const TERM = { sig: 'SIGTERM', exitcode: 0 };
const QUIT = { sig: 'SIGQUIT', exitcode: 1 };
const CLOSING = ['pool closed', 'consumer closed', 'ended'];

describe('Shutdown', () => {
  it('waits for what runs, then closes, and cancels nothing', async () => {
    const { events, clock, pool, shutdown, ended } = worker({ active: 2 });
    ended(shutdown.warm(inSeconds(clock, 30), TERM));
    await clock.advance(10_000);
    expect(events).toEqual(['paused', 'quiet']);
    pool.end(2);
    await clock.advance(0);
    expect(events).toEqual(['paused', 'quiet', ...CLOSING]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cancels at the deadline what still runs, and gives it back before it closes', async () => {
    const { events, clock, shutdown, ended } = worker({ active: 2 });
    ended(shutdown.warm(inSeconds(clock, 30), TERM));
    await clock.advance(29_999);
    expect(events).toEqual(['paused', 'quiet']);
    await clock.advance(1);
    const said = 'Cancelling 2 task(s) that still run; those with late acks go back to their queue.';
    expect(events.slice(2)).toEqual([said, 'cancelled', 'released', ...CLOSING]);
  });

  it('waits five seconds for outcomes that are being stored, and no longer', async () => {
    const { events, clock, shutdown, ended } = worker({ active: 2, stubborn: 1 });
    ended(shutdown.warm(inSeconds(clock, 0), TERM));
    await clock.advance(4_999);
    expect(events.at(-1)).toBe('cancelled');
    await clock.advance(1);
    expect(events.slice(-4)).toEqual(['released', ...CLOSING]);
  });

  it('is not held up by a broker that does not answer for longer than the deadline and a second', async () => {
    const { events, clock, shutdown, ended } = worker({ frozen: true });
    ended(shutdown.warm(inSeconds(clock, 30), TERM));
    await clock.advance(30_999);
    expect(events).not.toContain('ended');
    await clock.advance(1);
    expect(events).toContain('ended');
  });

  it('cold: cancels at once', async () => {
    const { events, clock, shutdown, ended } = worker({ active: 1 });
    ended(shutdown.cold(QUIT));
    await clock.advance(0);
    expect(events.slice(3)).toEqual(['cancelled', 'released', ...CLOSING]);
  });

  it('cold, asked for during a warm one: cuts it short', async () => {
    const { events, clock, shutdown, ended } = worker({ active: 1 });
    ended(shutdown.warm(inSeconds(clock, 30), TERM));
    await clock.advance(1000);
    void shutdown.cold(QUIT);
    await clock.advance(0);
    expect(events.filter((event) => !event.startsWith('Cancelling'))).toEqual([
      'paused',
      'quiet',
      'cancelled',
      'released',
      ...CLOSING,
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('soft: gives tasks their time first, and says so in the words of Celery', async () => {
    const { events, clock, pool, shutdown, ended } = worker({ active: 2, options: { workerSoftShutdownTimeout: 5 } });
    ended(shutdown.cold(QUIT));
    expect(shutdown.soft).toBe(true);
    pool.end(1);
    await clock.advance(4_999);
    expect(events).toEqual(['Initiating Soft Shutdown, terminating in 5 seconds', 'paused', 'quiet']);
    await clock.advance(1);
    expect(events.slice(4)).toEqual(['cancelled', 'released', ...CLOSING]);
    expect(shutdown.soft).toBe(false);
  });

  it('soft: ends as soon as nothing runs', async () => {
    const { events, clock, pool, shutdown, ended } = worker({ active: 1, options: { workerSoftShutdownTimeout: 5 } });
    ended(shutdown.cold(QUIT));
    pool.end(1);
    await clock.advance(0);
    expect(events.slice(3)).toEqual(CLOSING);
  });

  it('soft, asked for once more: cancels at once', async () => {
    const { events, clock, shutdown, ended } = worker({ active: 1, options: { workerSoftShutdownTimeout: 60 } });
    ended(shutdown.cold(QUIT));
    await clock.advance(1000);
    void shutdown.cold(QUIT);
    expect(shutdown.soft).toBe(false);
    await clock.advance(0);
    expect(events.slice(4)).toEqual(['cancelled', 'released', ...CLOSING]);
  });

  it('soft: does not wait where nothing runs, unless it is told to', async () => {
    const idle = worker({ options: { workerSoftShutdownTimeout: 5 } });
    idle.ended(idle.shutdown.cold(QUIT));
    await idle.clock.advance(0);
    expect(idle.events).toContain('ended');
    const told = worker({ options: { workerSoftShutdownTimeout: 5, workerEnableSoftShutdownOnIdle: true } });
    told.ended(told.shutdown.cold(QUIT));
    await told.clock.advance(4_999);
    expect(told.events).not.toContain('ended');
    await told.clock.advance(1);
    expect(told.events).toContain('ended');
  });

  it('tells when each stage begins, and when all is over', async () => {
    const { signals, clock, shutdown } = worker({ active: 1 });
    const told: unknown[] = [];
    signals.connect('worker_shutting_down', (payload) => void told.push(payload));
    signals.connect('worker_shutdown', (payload) => void told.push(payload));
    const end = shutdown.warm(inSeconds(clock, 30), TERM);
    void shutdown.warm(inSeconds(clock, 30), TERM);
    void shutdown.cold(QUIT);
    await clock.advance(0);
    await end;
    expect(told).toEqual([
      { sender: 'w@here', how: 'Warm', ...TERM },
      { sender: 'w@here', how: 'Cold', ...QUIT },
      { sender: 'w@here' },
    ]);
  });
});
