import { BrokerUnavailable, PreconditionFailed } from '../errors/broker-errors.js';
import type { Clock } from '../contracts/clock.js';
import { connectWithRetry } from './reconnect.js';
import { WorkerLog } from './worker-log.js';

function setUp(failures: Error[]) {
  const pauses: number[] = [];
  const lines: string[] = [];
  const clock: Clock = {
    now: () => new Date(0),
    monotonic: () => 0,
    at: () => () => {},
    sleep: async (ms) => void pauses.push(ms),
  };
  const say = (line: string) => void lines.push(line);
  const log = new WorkerLog({ debug: say, log: say, warn: say, error: say }, 'WARNING');
  const signal = new AbortController().signal;
  let attempts = 0;
  const attempt = async () => {
    const failure = failures[attempts++];
    if (failure) throw failure;
  };
  const connect = (maxRetries: number | null) =>
    connectWithRetry(attempt, { maxRetries, retryOn: ['BROKER_UNAVAILABLE'], signal, clock, log });
  return { connect, pauses, lines, attempts: () => attempts };
}

const unavailable = (times: number) =>
  Array.from({ length: times }, () => new BrokerUnavailable('Cannot connect to amqp://h//: nobody listens.'));

describe('connectWithRetry', () => {
  it('waits 2, 4, 6 … 30 seconds, each shortened by up to a quarter', async () => {
    const { connect, pauses } = setUp(unavailable(20));
    await connect(null);
    pauses.forEach((pause, index) => {
      const full = Math.min(2 * (index + 1), 30) * 1000;
      expect(pause).toBeLessThanOrEqual(full);
      expect(pause).toBeGreaterThanOrEqual(full * 0.75);
    });
    expect(pauses).toHaveLength(20);
  });

  it('gives up after the attempts that are allowed', async () => {
    const { connect, attempts } = setUp(unavailable(9));
    await expect(connect(3)).rejects.toThrow('nobody listens.');
    expect(attempts()).toBe(4);
  });

  it('does not try again what waiting cannot mend', async () => {
    const { connect, attempts } = setUp([new PreconditionFailed('other arguments')]);
    await expect(connect(null)).rejects.toThrow('other arguments');
    expect(attempts()).toBe(1);
  });

  it("writes Celery's line for each attempt", async () => {
    const { connect, lines } = setUp(unavailable(1));
    await connect(100);
    expect(lines).toEqual([
      expect.stringMatching(
        /^consumer: Cannot connect to amqp:\/\/h\/\/: nobody listens\. Trying again in \d\.\d\d seconds\.\.\. \(1\/100\)$/,
      ),
    ]);
  });
});
