import { AccessRefused, BrokerUnavailable } from '../errors/broker-errors.js';
import { greetBroker } from './greet-broker.js';

interface SetUp {
  readonly error?: Error;
  readonly onStartup?: boolean | null;
  readonly retry?: boolean;
}

/** What came of a greeting, and what was said. */
async function greet({ error, onStartup = null, retry = true }: SetUp) {
  const said: string[] = [];
  const silent = () => {};
  const greeting = greetBroker({
    broker: {
      connect: async () => {
        if (error) throw error;
      },
    },
    config: { brokerConnectionRetry: retry, brokerConnectionRetryOnStartup: onStartup },
    logger: { debug: silent, log: silent, warn: silent, error: (line: string) => void said.push(line) },
  });
  return { result: await greeting.then(() => 'goes on', String), said };
}

const away = new BrokerUnavailable('Cannot connect to amqp://broker//: refused.');

describe('greetBroker', () => {
  it('says nothing to a broker that is there', async () => {
    expect(await greet({})).toEqual({ result: 'goes on', said: [] });
  });

  it('tells once of a broker that is away, and goes on', async () => {
    const line =
      'beat: Connection error: Cannot connect to amqp://broker//: refused. What is due is sent when the broker is there.';
    expect(await greet({ error: away })).toEqual({ result: 'goes on', said: [line] });
    expect(await greet({ error: away, retry: false, onStartup: true })).toEqual({ result: 'goes on', said: [line] });
  });

  it.each<[string, SetUp]>([
    ['the settings say not to wait at a start', { error: away, onStartup: false }],
    ['the settings say not to wait at all', { error: away, retry: false }],
    ['waiting does not mend it', { error: new AccessRefused('wrong password') }],
  ])('throws, where %s', async (_, setUp) => {
    expect(await greet(setUp)).toEqual({ result: String(setUp.error), said: [] });
  });
});
