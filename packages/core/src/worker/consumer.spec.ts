import { ObservableBrokerStatus } from '../app/broker-status.js';
import type { Broker, Session, SessionHandlers } from '../contracts/broker.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Consumer } from './consumer.js';
import { Qos } from './qos.js';
import { WorkerLog } from './worker-log.js';

/** A session whose prefetch the test may let fail, or hang. */
class ScriptedSession implements Session {
  readonly prefetchScope = 'session';
  open = true;
  readonly subscribed: string[] = [];

  constructor(
    readonly handlers: SessionHandlers,
    private readonly onPrefetch: (session: ScriptedSession) => Promise<void>,
  ) {}

  setPrefetch(): Promise<void> {
    return this.onPrefetch(this);
  }

  async subscribe(queue: string): Promise<void> {
    this.subscribed.push(queue);
  }

  async unsubscribe(): Promise<void> {}
  async pause(): Promise<void> {}
  async resume(): Promise<void> {}

  async close(): Promise<void> {
    this.open = false;
  }

  lose(): void {
    this.open = false;
    this.handlers.onLost(new BrokerUnavailable('cut'));
  }
}

function setUp(onPrefetch: (session: ScriptedSession, nth: number) => Promise<void> = async () => {}) {
  const sessions: ScriptedSession[] = [];
  const clock = new FakeClock();
  const broker: Broker = {
    safeUrl: 'amqp://h//',
    status: new ObservableBrokerStatus(),
    connect: async () => {},
    declare: async () => {},
    publish: async () => {},
    openSession: async (handlers) => {
      const nth = sessions.length + 1;
      const session = new ScriptedSession(handlers, (self) => onPrefetch(self, nth));
      sessions.push(session);
      return session;
    },
    close: async () => {},
  };
  const silent = () => {};
  const log = new WorkerLog({ debug: silent, log: silent, warn: silent, error: silent }, 'CRITICAL');
  const topology = { exchanges: [], queues: [], bindings: [] };
  const queue = { name: 'q', exchange: 'q', exchangeType: 'direct', routingKey: 'q', topology };
  const failures: Error[] = [];
  const consumer = new Consumer({
    broker,
    queues: [queue],
    qos: new Qos({ slots: 10, multiplier: 1 }),
    retries: { most: 3, onStartup: true, afterLoss: true },
    clock,
    log,
    onDelivery: silent,
    onLost: silent,
    onFailed: (error) => failures.push(error),
  });
  const open = () => sessions.filter((session) => session.open).length;
  return { consumer, sessions, clock, failures, open };
}

describe('Consumer', () => {
  it('opens one session again when the connection is lost while it is opened, not two', async () => {
    const { consumer, sessions, clock, open } = setUp(async (session, nth) => {
      if (nth > 1) return;
      session.lose();
      throw new BrokerUnavailable('cut');
    });
    const started = consumer.start();
    await clock.advance(60_000);
    await started;
    expect(sessions).toHaveLength(2);
    expect(open()).toBe(1);
  });

  it('closes the session when a step after its opening fails', async () => {
    const { consumer, clock, open, sessions } = setUp(async (_, nth) => {
      if (nth === 1) throw new BrokerUnavailable('cut');
    });
    const started = consumer.start();
    await clock.advance(60_000);
    await started;
    expect(sessions).toHaveLength(2);
    expect(open()).toBe(1);
  });

  it('leaves nothing open when it is stopped during an attempt', async () => {
    let go = () => {};
    const { consumer, open, sessions, clock } = setUp(() => new Promise((resolve) => (go = resolve)));
    const started = expect(consumer.start()).rejects.toThrow('The worker was stopped.');
    await clock.advance(0);
    const stopped = consumer.stop();
    go();
    await Promise.all([started, stopped]);
    expect(open()).toBe(0);
    expect(sessions[0]?.subscribed).toEqual([]);
  });

  it('opens nothing when it was stopped before it was started', async () => {
    const { consumer, sessions } = setUp();
    await consumer.stop();
    await expect(consumer.start()).rejects.toThrow('The worker was stopped.');
    expect(sessions).toHaveLength(0);
  });

  it('ends the pause between two attempts when it is stopped', async () => {
    const { consumer, clock, sessions } = setUp(async () => {
      throw new BrokerUnavailable('away');
    });
    const started = expect(consumer.start()).rejects.toThrow('The worker was stopped.');
    await clock.advance(0);
    await consumer.stop();
    await started;
    expect(sessions).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('comes back after a loss, but does not spin when every session is lost at once', async () => {
    const { consumer, sessions, clock } = setUp();
    await consumer.start();
    for (let losses = 0; losses < 20; losses++) {
      sessions.at(-1)?.lose();
      await clock.advance(1);
    }
    expect(sessions.length).toBeLessThan(8);
    await clock.advance(1000);
    expect(sessions.at(-1)?.open).toBe(true);
  });

  it('tells when it cannot come back', async () => {
    const { consumer, sessions, clock, failures } = setUp(async (_, nth) => {
      if (nth > 1) throw new BrokerUnavailable('away');
    });
    await consumer.start();
    sessions[0]?.lose();
    await clock.advance(60_000);
    expect(failures.map(({ message }) => message)).toEqual(['away']);
    await consumer.stop();
  });
});
