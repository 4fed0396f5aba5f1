import type { Broker, OutgoingMessage, PublishOptions, Route } from '../contracts/broker.js';
import { ObservableBrokerStatus } from './broker-status.js';
import { CeleryApp } from './celery-app.js';
import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';
import type { ApplyAsyncOptions, TaskOptions } from './task-options.js';

interface Sent {
  readonly message: OutgoingMessage;
  readonly route: Route;
  readonly options: PublishOptions;
}

/** What reaches the broker. */
function makeApp(settings: CeleryOptions): { app: CeleryApp; sent: Sent[] } {
  const sent: Sent[] = [];
  const broker: Partial<Broker> = {
    status: new ObservableBrokerStatus(),
    safeUrl: 'recording://',
    connect: async () => {},
    declare: async () => {},
    publish: async (message, route, options) => void sent.push({ message, route, options }),
  };
  const app = new CeleryApp({ config: compileConfig(settings), broker: broker as Broker, backend: undefined });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    app.content.register({
      name,
      contentType: `application/x-${name}`,
      contentEncoding: 'utf-8',
      encode: String,
      decode: String,
    });
  }
  return { app, sent };
}

interface Floor {
  readonly call?: ApplyAsyncOptions;
  readonly annotation?: TaskOptions;
  readonly task?: TaskOptions;
  readonly route?: ApplyAsyncOptions;
  readonly settings?: CeleryOptions;
}

async function send({ call = {}, annotation, task = {}, route, settings = {} }: Floor): Promise<Sent> {
  const { app, sent } = makeApp({
    ...settings,
    ...(route && { taskRoutes: { 't.*': route } }),
    ...(annotation && { taskAnnotations: { 't.a': annotation } }),
  });
  await app.sendTask('t.a', [], call, task);
  return sent[0] as Sent;
}

/** One line for each option: a value on every floor that has it, the highest first, then what is sent when nobody says anything. */
const TABLE: readonly {
  readonly option: string;
  readonly floors: readonly (readonly [keyof Floor, object, unknown])[];
  readonly otherwise: unknown;
  read(sent: Sent): unknown;
}[] = [
  {
    option: 'queue',
    floors: [
      ['call', { queue: 'q1' }, 'q1'],
      ['annotation', { queue: 'q2' }, 'q2'],
      ['task', { queue: 'q3' }, 'q3'],
      ['route', { queue: 'q4' }, 'q4'],
      ['settings', { taskDefaultQueue: 'q5' }, 'q5'],
    ],
    otherwise: 'celery',
    read: ({ route }) => route.routingKey,
  },
  {
    option: 'exchange',
    floors: [
      ['call', { exchange: 'x1', routingKey: 'k' }, 'x1'],
      ['annotation', { exchange: 'x2', routingKey: 'k' }, 'x2'],
      ['task', { exchange: 'x3', routingKey: 'k' }, 'x3'],
      ['route', { exchange: 'x4', routingKey: 'k' }, 'x4'],
    ],
    otherwise: '',
    read: ({ route }) => route.exchange,
  },
  {
    option: 'routingKey',
    floors: [
      ['call', { exchange: 'x', routingKey: 'k1' }, 'k1'],
      ['annotation', { exchange: 'x', routingKey: 'k2' }, 'k2'],
      ['task', { exchange: 'x', routingKey: 'k3' }, 'k3'],
      ['route', { exchange: 'x', routingKey: 'k4' }, 'k4'],
    ],
    otherwise: 'celery',
    read: ({ route }) => route.routingKey,
  },
  {
    option: 'priority',
    floors: [
      ['call', { priority: 1 }, 1],
      ['annotation', { priority: 2 }, 2],
      ['task', { priority: 3 }, 3],
      ['route', { priority: 4 }, 4],
      ['settings', { taskDefaultPriority: 5 }, 5],
    ],
    otherwise: 0,
    read: ({ message }) => message.properties.priority,
  },
  {
    option: 'deliveryMode',
    floors: [
      ['call', { deliveryMode: 'transient' }, 1],
      ['annotation', { deliveryMode: 2 }, 2],
      ['task', { deliveryMode: 1 }, 1],
      ['route', { deliveryMode: 'persistent' }, 2],
      ['settings', { taskDefaultDeliveryMode: 1 }, 1],
    ],
    otherwise: 2,
    read: ({ message }) => message.properties.deliveryMode,
  },
  {
    option: 'serializer',
    floors: [
      ['call', { serializer: 'a' }, 'application/x-a'],
      ['annotation', { serializer: 'b' }, 'application/x-b'],
      ['task', { serializer: 'c' }, 'application/x-c'],
      ['route', { serializer: 'd' }, 'application/x-d'],
      ['settings', { taskSerializer: 'e' }, 'application/x-e'],
    ],
    otherwise: 'application/json',
    read: ({ message }) => message.properties.contentType,
  },
  {
    option: 'expires',
    floors: [
      ['call', { expires: new Date('2031-01-01T00:00:00Z') }, '2031-01-01T00:00:00+00:00'],
      ['annotation', { expires: new Date('2032-01-01T00:00:00Z') }, '2032-01-01T00:00:00+00:00'],
      ['task', { expires: new Date('2033-01-01T00:00:00Z') }, '2033-01-01T00:00:00+00:00'],
      ['route', { expires: new Date('2034-01-01T00:00:00Z') }, '2034-01-01T00:00:00+00:00'],
    ],
    otherwise: null,
    read: ({ message }) => message.headers['expires'],
  },
  {
    option: 'timeLimit and softTimeLimit',
    floors: [
      ['call', { timeLimit: 10, softTimeLimit: 1 }, [10, 1]],
      ['annotation', { timeLimit: 20, softTimeLimit: 2 }, [20, 2]],
      ['task', { timeLimit: 30, softTimeLimit: 3 }, [30, 3]],
      ['route', { timeLimit: 40, softTimeLimit: 4 }, [40, 4]],
      // the worker has its own
      ['settings', { taskTimeLimit: 50, taskSoftTimeLimit: 5 }, [null, null]],
    ],
    otherwise: [null, null],
    read: ({ message }) => message.headers['timelimit'],
  },
  {
    option: 'ignoreResult',
    floors: [
      ['call', { ignoreResult: true }, true],
      ['annotation', { ignoreResult: false }, false],
      ['task', { ignoreResult: true }, true],
      ['settings', { taskIgnoreResult: true }, true],
    ],
    otherwise: false,
    read: ({ message }) => message.headers['ignore_result'],
  },
  {
    option: 'mandatory',
    floors: [
      ['call', { mandatory: true }, true],
      ['settings', { publishMandatory: false }, false],
    ],
    otherwise: true,
    read: ({ options }) => options.mandatory,
  },
  {
    option: 'confirmTimeout',
    floors: [
      ['call', { confirmTimeout: 3 }, 3000],
      ['settings', { publishTimeout: 7 }, 7000],
    ],
    otherwise: 10_000,
    read: ({ options }) => Math.round(options.timeout / 100) * 100,
  },
  {
    option: 'shadow',
    floors: [
      ['call', { shadow: 'of the call' }, 'of the call'],
      ['annotation', { shadowName: () => 'annotated' }, 'annotated'],
      ['task', { shadowName: () => 'of the task' }, 'of the task'],
    ],
    otherwise: null,
    read: ({ message }) => message.headers['shadow'],
  },
];

describe('what is sent', () => {
  const cases = TABLE.flatMap(({ option, floors, read, otherwise }) =>
    [...floors, ['nothing', {}, otherwise] as const].map(([floor, , expected], from) => ({
      option,
      floor,
      expected,
      read,
      given: Object.fromEntries(floors.slice(from).map(([name, value]) => [name, value])) as Floor,
    })),
  );

  it.each(cases)('takes $option from $floor, whatever stands below it', async ({ given, expected, read }) => {
    expect(read(await send(given))).toEqual(expected);
  });

  it('is routed by routeName instead of the name', async () => {
    const { route } = await send({ call: { routeName: 't.b' }, settings: { taskRoutes: { 't.a': 'a', 't.b': 'b' } } });
    expect(route.routingKey).toBe('b');
  });

  it('gives shadowName what the call says', async () => {
    const shadowName: TaskOptions['shadowName'] = (args, kwargs, options) => JSON.stringify([args, kwargs, options]);
    const { message } = await send({ call: { kwargs: { x: 1 }, priority: 3 }, task: { shadowName } });
    expect(message.headers['shadow']).toBe('[[],{"x":1},{"kwargs":{"x":1},"priority":3}]');
  });

  it('keeps two tasks apart that share one object of options', async () => {
    const { app, sent } = makeApp({ taskAnnotations: { 't.a': { priority: 1 }, 't.b': { priority: 2 } } });
    const shared: TaskOptions = { queue: 'q' };
    for (const name of ['t.a', 't.b', 't.a']) await app.sendTask(name, [], {}, shared);
    expect(sent.map(({ message }) => message.properties.priority)).toEqual([1, 2, 1]);
  });

  it('is nothing when the soft limit of a task is above its hard one, even where one of them is a setting', async () => {
    await expect(send({ task: { softTimeLimit: 60 }, settings: { taskTimeLimit: 30 } })).rejects.toThrow(
      "The task 't.a': softTimeLimit (60 s) is above timeLimit (30 s), so it would never be reached: make it smaller, or leave out one of them.",
    );
    const { message } = await send({ task: { softTimeLimit: 60, timeLimit: 0 }, settings: { taskTimeLimit: 30 } });
    expect(message.headers['timelimit']).toEqual([null, 60]);
  });
});
