import { deflateSync } from 'node:zlib';
import type { Headers, ReceivedMessage } from '../contracts/broker.js';
import { ContentRegistry } from './content.js';
import { decodeTaskMessage, encodeTaskMessage, peekTask } from './task-message.js';
import type { TaskMessage } from './task-message.js';

const registry = new ContentRegistry();
const json = { registry, serializer: 'json' };
const reading = {
  registry,
  accept: registry.acceptSet(['json']),
  timezone: 'America/New_York',
  maxBytes: 1e6,
  maxDepth: 64,
};
const task = { task: 't.add', id: 'id-1' };
const noEmbed = { callbacks: null, errbacks: null, chain: null, chord: null };

function message(body: unknown, headers: Headers = task): ReceivedMessage {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const properties = { contentType: 'application/json', contentEncoding: 'utf-8', correlationId: 'id-1' };
  return { body: Buffer.from(text), headers, properties, exchange: '', routingKey: 'celery' };
}

const decode = (body: unknown, headers?: Headers) => decodeTaskMessage(message(body, headers), reading);
const withHeaders = (headers: Headers) => decode([[], {}, noEmbed], { ...task, ...headers });
const failing = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) });

function outgoing(overrides: Partial<TaskMessage>): TaskMessage {
  return { ...decode([[1], { a: 2 }, noEmbed]), ...overrides };
}

describe('decodeTaskMessage', () => {
  it('reads a message of which only task and id are given, as sloppy producers send it', () => {
    expect(decode([[1, 2], { a: 3 }, noEmbed])).toEqual({
      headers: {
        ...task,
        lang: '',
        shadow: null,
        eta: null,
        expires: null,
        group: null,
        group_index: null,
        retries: 0,
        timelimit: [null, null],
        root_id: null,
        parent_id: null,
        argsrepr: '(1, 2)',
        kwargsrepr: "{'a': 3}",
        origin: null,
        ignore_result: undefined,
        replaced_task_nesting: 0,
        stamped_headers: null,
        stamps: {},
      },
      customHeaders: null,
      args: [1, 2],
      kwargs: { a: 3 },
      embed: noEmbed,
      properties: { contentType: 'application/json', contentEncoding: 'utf-8', correlationId: 'id-1' },
    });
  });

  it.each([
    ['null embed', [[1], {}, null], [1], {}],
    ['empty embed', [[1], {}, {}], [1], {}],
    ['null args and kwargs', [null, null, {}], [], {}],
  ])('accepts %s', (_, body, args, kwargs) => {
    expect(decode(body)).toMatchObject({ args, kwargs, embed: noEmbed });
  });

  it.each<[unknown, string]>([
    [[[], []], 'not a list [args, kwargs, embed]'],
    [[[], {}, {}, {}], 'not a list [args, kwargs, embed]'],
    ['"text"', 'not a list [args, kwargs, embed]'],
    [{ kwargs: {} }, 'not a list [args, kwargs, embed]'],
    [[{}, {}, {}], 'args of task'],
    [['ab', {}, {}], 'args of task'],
    [[[], [], {}], 'kwargs of task'],
    [[[], 'x', {}], 'kwargs of task'],
    [[[], { __type__: 'uuid', __value__: { hex: '11111111222233334444555555555555' } }, {}], 'kwargs of task'],
    [[[], {}, []], 'embed of task'],
    [[[], {}, { callbacks: {} }], 'callbacks of task'],
    [[[], {}, { chain: [{ task: 't' }, 5] }], "chain[1] of task 't.add' is no signature"],
    [[[], {}, { chord: 'x' }], "chord of task 't.add' is no signature"],
  ])('refuses the body %j as an invalid task', (body, text) => {
    expect(() => decode(body)).toThrow(failing('INVALID_TASK', text));
    expect(() => decode(body)).toThrow("'t.add'");
  });

  it.each<[string, Headers[string]]>([
    ['task', 5],
    ['task', ''],
    ['task', { toString: 'x' }],
    ['id', null],
    ['id', 7],
    ['shadow', 1],
    ['eta', 'tomorrow'],
    ['eta', 1795216212],
    ['expires', true],
    ['group', []],
    ['group_index', 'x'],
    ['group_index', 1.5],
    ['retries', '3'],
    ['retries', 2n ** 60n],
    ['timelimit', 30],
    ['timelimit', [30]],
    ['timelimit', ['30', null]],
    ['timelimit', [-1, null]],
    ['timelimit', [null, -Infinity]],
    ['root_id', 1],
    ['argsrepr', 1],
    ['origin', {}],
    ['ignore_result', 'yes'],
    ['replaced_task_nesting', {}],
    ['stamped_headers', 'mon'],
    ['stamped_headers', [1]],
    ['stamps', []],
  ])('names the header %s when its value is %p', (name, value) => {
    expect(() => withHeaders({ [name]: value })).toThrow(failing('INVALID_TASK', `header '${name}'`));
  });

  it('takes integers as number or bigint, whatever their size on the wire', () => {
    for (const retries of [127, 128, 255, 256, 300, 32767, 32768, 2 ** 31]) {
      expect(withHeaders({ retries }).headers.retries).toBe(retries);
      expect(withHeaders({ retries: BigInt(retries) }).headers.retries).toBe(retries);
    }
    expect(withHeaders({ timelimit: [300n, 240.5] }).headers.timelimit).toEqual([300, 240.5]);
  });

  it('takes a time limit for none that no Date could hold', () => {
    for (const beyond of [Infinity, 1e13, 2n ** 62n]) {
      expect(withHeaders({ timelimit: [beyond, 20] }).headers.timelimit).toEqual([null, 20]);
      expect(withHeaders({ timelimit: [30, beyond] }).headers.timelimit).toEqual([30, null]);
    }
  });

  it('keeps the hard limit first', () => {
    const { headers } = withHeaders({ timelimit: [30, 20] });
    expect(headers.timelimit).toEqual([30, 20]);
    expect(encodeTaskMessage(outgoing({ headers }), json).headers.timelimit).toEqual([30, 20]);
  });

  it('keeps stamps as they are: lists, scalars and integers past 2^53', () => {
    const stamps = { at: 2n ** 53n + 1n, ms: 1795216212298, ids: [1, 'b'], who: 'acme' };
    const decoded = withHeaders({ stamped_headers: ['at', 'ms', 'ids', 'who'], stamps });
    expect(decoded.headers.stamps).toEqual(stamps);
    expect(encodeTaskMessage(decoded, json).headers.stamps).toEqual(stamps);
  });

  it('takes an AMQP timestamp as a date, and an empty text as none', () => {
    const { headers } = withHeaders({ eta: new Date('2026-11-20T22:53:58Z'), expires: '' });
    expect(headers).toMatchObject({ eta: '2026-11-20T22:53:58+00:00', expires: null });
  });

  it('gives the headers that are not of the protocol to the task', () => {
    expect(withHeaders({ 'x-tenant': 'acme', meth: 'm', periodic_task_name: 'nightly' })).toMatchObject({
      customHeaders: { 'x-tenant': 'acme' },
      headers: { periodic_task_name: 'nightly' },
    });
  });

  it('lets a custom header __proto__ be a header and nothing else', () => {
    const headers = Object.fromEntries([...Object.entries(task), ['__proto__', { admin: true }]]) as Headers;
    const { customHeaders } = decode([[], {}, null], headers);
    expect(Object.getPrototypeOf(customHeaders)).toBe(Object.prototype);
    expect(Object.keys(customHeaders ?? {})).toEqual(['__proto__']);
  });

  it('refuses compressed content by the name of the compression', () => {
    const compressed = {
      ...message([[], {}, {}], { ...task, compression: 'application/x-gzip' }),
      body: deflateSync('[[],{},{}]'),
    };
    expect(() => decodeTaskMessage(compressed, reading)).toThrow(failing('CONTENT_DISALLOWED', "'application/x-gzip'"));
  });

  it('tells content that is not JSON from a task that is invalid', () => {
    expect(() => decode('[[1], {}')).toThrow(failing('DECODE_ERROR', 'not JSON'));
    expect(() => decode('')).toThrow(failing('DECODE_ERROR', 'ends early'));
  });

  it('reads NaN in arguments and writes it again', () => {
    const decoded = decode('[[NaN, -Infinity], {}, null]');
    expect(decoded.args).toEqual([Number.NaN, Number.NEGATIVE_INFINITY]);
    expect(encodeTaskMessage(decoded, json).body.toString()).toContain('[NaN,-Infinity]');
  });

  it('checks the limits', () => {
    expect(() => decodeTaskMessage(message('[]'), { ...reading, maxBytes: 1 })).toThrow(
      failing('DECODE_ERROR', '2 bytes'),
    );
    expect(() => decodeTaskMessage(message('[[[[]]]]'), { ...reading, maxDepth: 3 })).toThrow(
      failing('DECODE_ERROR', 'deeper than 3'),
    );
  });
});

describe('decodeTaskMessage of protocol 1', () => {
  const body = { task: 't.add', id: 'id-1', args: [1], kwargs: { a: 2 }, retries: 2 };

  it('brings it into the form of protocol 2', () => {
    const callback = { task: 't.next', args: [], kwargs: {}, options: {}, subtask_type: null, immutable: false };
    const { headers, args, kwargs, embed } = decode(
      { ...body, taskset: 'g', group: 'old', callbacks: [callback], timelimit: [30, null] },
      {},
    );
    expect(headers).toMatchObject({
      ...task,
      retries: 2,
      group: 'g',
      argsrepr: '(1,)',
      kwargsrepr: "{'a': 2}",
      timelimit: [30, null],
    });
    expect({ args, kwargs, embed }).toEqual({
      args: [1],
      kwargs: { a: 2 },
      embed: { ...noEmbed, callbacks: [callback] },
    });
  });

  it('takes dates without offset as UTC', () => {
    expect(decode({ ...body, eta: '2026-11-20T22:53:58', utc: true }, {}).headers.eta).toBe('2026-11-20T22:53:58');
    expect(decode({ ...body, eta: '2026-11-20T22:53:58' }, {}).headers.eta).toBe('2026-11-20T22:53:58');
  });

  it('takes them as wall time of the app when it says utc: false', () => {
    const { headers } = decode(
      { ...body, eta: '2026-11-20T22:53:58.5', expires: '2026-07-01T10:00:00+02:00', utc: false },
      {},
    );
    expect(headers.eta).toBe('2026-11-20T22:53:58.500000-05:00');
    expect(headers.expires).toBe('2026-07-01T10:00:00+02:00');
  });

  it('needs no args and kwargs, but an id', () => {
    expect(decode({ task: 't.add', id: 'x' }, {})).toMatchObject({ args: [], kwargs: {} });
    expect(() => decode({ task: 't.add' }, {})).toThrow(failing('INVALID_TASK', "'id'"));
    expect(() => decode({ ...body, kwargs: [] }, {})).toThrow(failing('INVALID_TASK', 'kwargs'));
  });

  it.each([[[]], [{ id: 'x' }], [{ task: 5, id: 'x' }], ['"hello"'], [[[], {}, {}]]])(
    'knows that %j is no task',
    (other) => {
      expect(() => decode(other, {})).toThrow(failing('UNKNOWN_MESSAGE', "no header 'task'"));
    },
  );

  it('reads a hybrid: the body of protocol 1 under the headers of protocol 2', () => {
    const { headers, args, embed } = decode(
      { ...body, retries: 1, shadow: 's', errbacks: [{ task: 'e' }] },
      { ...task, retries: 5 },
    );
    expect(headers).toMatchObject({ ...task, retries: 5, shadow: 's' });
    expect(args).toEqual([1]);
    expect(embed.errbacks).toMatchObject([{ task: 'e', immutable: false }]);
  });
});

describe('encodeTaskMessage', () => {
  it('names content type and encoding, and keeps the other properties', () => {
    const { properties, body } = encodeTaskMessage(
      outgoing({ properties: { correlationId: 'c', replyTo: 'r', priority: 0 } }),
      json,
    );
    expect(properties).toEqual({
      correlationId: 'c',
      replyTo: 'r',
      priority: 0,
      contentType: 'application/json',
      contentEncoding: 'utf-8',
    });
    expect(JSON.parse(body.toString())).toEqual([[1], { a: 2 }, noEmbed]);
  });

  it('puts custom headers beside those of the protocol', () => {
    const { headers } = encodeTaskMessage(outgoing({ customHeaders: { 'x-tenant': 'acme' } }), json);
    expect(headers).toMatchObject({ task: 't.add', 'x-tenant': 'acme' });
  });

  it.each(['task', 'id', 'retries', 'compression', 'stamps'])('refuses a custom header with the name %s', (name) => {
    expect(() => encodeTaskMessage(outgoing({ customHeaders: { [name]: 'x' } }), json)).toThrow(
      failing('ENCODE_ERROR', `header '${name}' of task 't.add' belongs to Celery's protocol`),
    );
  });

  it('does not send on what RabbitMQ added when it moved the message, which would look like a circle', () => {
    const moved = withHeaders({
      'x-death': [{ count: 1 }],
      'x-first-death-queue': 'q',
      'x-last-death-reason': 'expired',
      'x-mine': 1,
    });
    const { headers } = encodeTaskMessage(moved, json);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual(['x-mine']);
  });

  it('names the argument that cannot be sent', () => {
    const sending = (overrides: Partial<TaskMessage>) => () => encodeTaskMessage(outgoing(overrides), json);
    expect(sending({ args: [1, { when: new Map() }] })).toThrow(
      failing('ENCODE_ERROR', "Task 't.add': args[1].when is a Map"),
    );
    expect(sending({ kwargs: { run: () => 1 } })).toThrow(
      failing('ENCODE_ERROR', "Task 't.add': kwargs.run is a function"),
    );
  });
});

describe('peekTask', () => {
  it('finds name and id without the body', () => {
    expect(peekTask(message('broken'))).toEqual({ name: 't.add', id: 'id-1' });
    expect(peekTask(message('broken', { task: 5, id: 'x' }))).toBeUndefined();
    expect(peekTask(message('broken', {}))).toBeUndefined();
  });
});
