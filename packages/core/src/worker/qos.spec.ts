import { compileConfig } from '../app/compiled-config.js';
import type { QueueOptions } from '../app/config.js';
import { TaskQueues } from '../app/topology.js';
import type { Session } from '../contracts/broker.js';
import { waitUntil } from '../testing/wait-until.js';
import { Qos } from './qos.js';

/** Writes down what is asked of the broker. */
class RecordingSession implements Session {
  readonly asked: string[] = [];

  constructor(readonly prefetchScope: Session['prefetchScope'] = 'session') {}

  async setPrefetch(count: number): Promise<void> {
    this.asked.push(`count ${count}`);
  }

  async subscribe(queue: string, { prefetch }: { prefetch?: number } = {}): Promise<void> {
    this.asked.push(`subscribe ${queue} ${prefetch}`);
  }

  async unsubscribe(queue: string): Promise<void> {
    this.asked.push(`unsubscribe ${queue}`);
  }

  async pause(): Promise<void> {
    this.asked.push('pause');
  }

  async resume(): Promise<void> {
    this.asked.push('resume');
  }

  async close(): Promise<void> {}
}

const queuesOf = (taskQueues: (string | QueueOptions)[]) => [...new TaskQueues(compileConfig({ taskQueues })).all];

async function attached(
  options: ConstructorParameters<typeof Qos>[0],
  {
    scope = 'session',
    queues = queuesOf(['q']),
  }: { scope?: Session['prefetchScope']; queues?: ReturnType<typeof queuesOf> } = {},
) {
  const session = new RecordingSession(scope);
  const qos = new Qos(options);
  await qos.attach(session, queues);
  return { qos, session, queues };
}

const asked = (session: RecordingSession, count: number) =>
  waitUntil(`${count} requests`, () => session.asked.length >= count);

describe('Qos', () => {
  it('asks for so many for each slot; for enough where nobody says how many; for no limit beyond 16 bits', async () => {
    const counts = await Promise.all(
      [
        { slots: 3, multiplier: 4 },
        { slots: 3, multiplier: null },
        { slots: 100, multiplier: null },
        { slots: 3, multiplier: 0 },
        { slots: 100, multiplier: 1000 },
      ].map(async (options) => (await attached(options)).session.asked),
    );
    expect(counts.flat()).toEqual(['count 12', 'count 100', 'count 200', 'count 0', 'count 0']);
  });

  it('raises the count for what is held, many changes of one turn together', async () => {
    const { qos, session } = await attached({ slots: 2, multiplier: 1 });
    for (let i = 0; i < 10; i++) qos.increment();
    qos.decrement();
    await asked(session, 2);
    expect(session.asked).toEqual(['count 2', 'count 11']);
  });

  it('forgets what was held with the channel that is gone', async () => {
    const { qos } = await attached({ slots: 2, multiplier: 4 });
    qos.increment();
    qos.detach();
    const next = new RecordingSession();
    await qos.attach(next, queuesOf(['q']));
    expect(next.asked).toEqual(['count 8']);
  });

  it('never makes no limit of a limit, however many are held', async () => {
    const { qos, session } = await attached({ slots: 100, multiplier: null });
    expect(qos.holdLimit).toBe(65_335);
    for (let i = 0; i < 65_336; i++) qos.increment();
    await asked(session, 2);
    expect(session.asked).toEqual(['count 200', 'count 65535']);
    const unlimited = await Promise.all([0, 1000].map((multiplier) => attached({ slots: 100, multiplier })));
    expect(unlimited.map((each) => each.qos.holdLimit)).toEqual([Infinity, Infinity]);
  });

  describe('with a multiplier of 1', () => {
    it('fetches less for each task that runs and is acknowledged, and nothing while no slot is free', async () => {
      const { qos, session } = await attached({ slots: 2, multiplier: 1 });
      await qos.occupy();
      await qos.occupy();
      qos.vacate();
      await asked(session, 4);
      qos.vacate();
      await asked(session, 5);
      expect(session.asked).toEqual(['count 2', 'count 1', 'pause', 'resume', 'count 2']);
    });

    it('tells the broker of several that start together in one request', async () => {
      const { qos, session } = await attached({ slots: 4, multiplier: 1 });
      await Promise.all([qos.occupy(), qos.occupy(), qos.occupy()]);
      expect(session.asked).toEqual(['count 4', 'count 1']);
    });

    it('still fetches for the slots of what is held', async () => {
      const { qos, session } = await attached({ slots: 1, multiplier: 1 });
      qos.increment();
      await asked(session, 2);
      await qos.occupy();
      expect(session.asked).toEqual(['count 1', 'count 2', 'count 1']);
    });

    it('does not leave a queue that the broker would delete then', async () => {
      const queues = queuesOf(['q', { name: 'news', broadcast: true }]);
      const { qos, session } = await attached({ slots: 1, multiplier: 1 }, { queues });
      await qos.occupy();
      expect(session.asked).toEqual(['count 1']);
    });

    it('takes nothing on a new channel while no slot is free', async () => {
      const { qos } = await attached({ slots: 1, multiplier: 1 });
      await qos.occupy();
      const next = new RecordingSession();
      await qos.attach(next, queuesOf(['q']));
      qos.vacate();
      await asked(next, 3);
      expect(next.asked).toEqual(['pause', 'count 1', 'resume']);
    });
  });

  describe('where each consumer has its own count', () => {
    const scope = 'consumer';

    it('gives each queue the whole count, as Celery does, and never changes it', async () => {
      const { qos, session, queues } = await attached(
        { slots: 2, multiplier: 4 },
        { scope, queues: queuesOf(['a', 'b']) },
      );
      expect(queues.map((queue) => qos.subscription(queue))).toEqual([{ prefetch: 8 }, { prefetch: 8 }]);
      qos.increment();
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect(session.asked).toEqual([]);
    });

    it('has the queues share the slots with a multiplier of 1, one at least for each', async () => {
      const names = ['a', 'b', 'c'];
      const shares = async (slots: number) => {
        const { qos, queues } = await attached({ slots, multiplier: 1 }, { scope, queues: queuesOf(names) });
        return queues.map((queue) => qos.subscription(queue).prefetch);
      };
      expect([await shares(8), await shares(3), await shares(1)]).toEqual([
        [3, 3, 2],
        [1, 1, 1],
        [1, 1, 1],
      ]);
    });

    it('lets messages be held in what is fetched ahead only', async () => {
      const holds = async (multiplier: number | null, slots = 100) =>
        (await attached({ slots, multiplier }, { scope })).qos.holdLimit;
      expect([await holds(1), await holds(4), await holds(null), await holds(0)]).toEqual([0, 300, 100, Infinity]);
    });
  });
});
