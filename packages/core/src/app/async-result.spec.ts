import type { ReceivedMessage, SessionHandlers } from '../contracts/broker.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { memoryBroker, memoryResultBackend } from '../memory/index.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { FakeClock } from '../testing/fake-clock.js';
import { systemClock } from '../time/system-clock.js';
import { CeleryApp } from './celery-app.js';
import { compileConfig } from './compiled-config.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

let apps = 0;

function makeApp({ backend = true } = {}): CeleryApp {
  const config = compileConfig({});
  const url = `memory://async-result-spec-${++apps}`;
  const logger = { debug() {}, log() {}, warn() {}, error() {} };
  const deps = { config, clock: systemClock, logger, resolve: () => undefined };
  const app = new CeleryApp({
    config,
    broker: memoryBroker(url)(deps),
    backend: backend ? memoryResultBackend(url)(deps) : undefined,
  });
  stops.push(() => app.close());
  return app;
}

function store(app: CeleryApp, meta: Partial<TaskMeta> & { value?: unknown }): Promise<unknown> {
  const { value = null, ...rest } = meta;
  const result = app.content.encode(value, 'json');
  return app
    .connectBackend()
    .then((backend) =>
      backend.storeResult({ taskId: 'id', status: 'SUCCESS', result, traceback: null, children: [], ...rest }),
    );
}

describe('AsyncResult', () => {
  it('is PENDING for an id that nobody knows', async () => {
    const result = makeApp().asyncResult('nobody');
    expect(await result.state()).toBe('PENDING');
    expect(await result.result()).toBeUndefined();
    expect([await result.ready(), await result.successful(), await result.failed()]).toEqual([false, false, false]);
  });

  it('waits for the value, and remembers it', async () => {
    const app = makeApp();
    const result = app.asyncResult<string>('id');
    const waiting = result.get({ timeout: 5 });
    await store(app, { value: 'done' });
    expect(await waiting).toBe('done');
    await (await app.connectBackend()).forget(['id']);
    expect(await result.get()).toBe('done');
  });

  it('does not take RETRY or a custom state for the end', async () => {
    const app = makeApp();
    const result = app.asyncResult<number>('id');
    await store(app, { status: 'PROGRESS', value: { done: 3 } });
    expect(await result.state()).toBe('PROGRESS');
    expect(await result.result()).toEqual({ done: 3 });
    const waiting = result.get({ timeout: 5 });
    await store(app, { value: 7 });
    expect(await waiting).toBe(7);
  });

  it('throws the exception of the task, or returns it', async () => {
    const app = makeApp();
    await store(app, {
      status: 'FAILURE',
      value: { exc_type: 'KeyError', exc_message: ['x'], exc_module: 'builtins' },
    });
    const result = app.asyncResult('id');
    await expect(result.get()).rejects.toMatchObject({ name: 'KeyError' });
    expect(await result.get({ propagate: false })).toMatchObject({ name: 'KeyError' });
    expect(await result.result()).toMatchObject({ name: 'KeyError' });
  });

  it('gives up after the timeout, and says that the task goes on', async () => {
    const waiting = makeApp().asyncResult('slow').get({ timeout: 0.01 });
    await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('slow') });
  });

  it("ends the wait with the caller's own reason", async () => {
    const stop = new AbortController();
    const waiting = makeApp().asyncResult('slow').get({ signal: stop.signal });
    stop.abort(new Error('the user left'));
    await expect(waiting).rejects.toThrow('the user left');
  });

  it.each<[string, (clock: FakeClock, stop: AbortController) => Promise<void> | void, object]>([
    ['after the timeout', (clock) => clock.advance(1000), { code: 'TIMEOUT' }],
    ["with the caller's reason", (_, stop) => stop.abort(new Error('the user left')), { message: 'the user left' }],
  ])('gives up %s while the backend is still connecting', async (_, end, error) => {
    const clock = new FakeClock();
    const backend = { connect: () => new Promise(() => {}), close: async () => {} } as unknown as ResultBackend;
    const config = compileConfig({});
    const app = new CeleryApp({ config, broker: memoryBroker()(adapterDeps()), backend, clock });
    const stop = new AbortController();
    const waiting = expect(app.asyncResult('id').get({ timeout: 1, signal: stop.signal })).rejects.toMatchObject(error);
    await end(clock, stop);
    await waiting;
    expect(clock.pendingTimers).toBe(0);
  });

  it('says what to configure when there is no result backend', async () => {
    const result = makeApp({ backend: false }).asyncResult('id');
    await expect(result.get()).rejects.toMatchObject({
      code: 'BACKEND_DISABLED',
      message: expect.stringContaining('Set resultBackend'),
    });
    await expect(result.state()).rejects.toMatchObject({ code: 'BACKEND_DISABLED' });
  });

  it('gives nothing at once for a result that is ignored', async () => {
    const app = makeApp({ backend: false });
    const result = await app.sendTask('t', [], { ignoreResult: true });
    expect(result.ignored).toBe(true);
    expect(await result.get()).toBeUndefined();
  });

  it('forgets', async () => {
    const app = makeApp();
    await store(app, { value: 1 });
    const result = app.asyncResult('id');
    await result.get();
    await result.forget();
    expect(await result.state()).toBe('PENDING');
  });

  it('knows the children and their parent', async () => {
    const app = makeApp();
    await store(app, { children: [[['child', null], null]] });
    const [child] = await app.asyncResult('id').children();
    expect(child?.id).toBe('child');
    expect(child?.asTuple()).toEqual([['child', [['id', null], null]], null]);
  });

  it('asks all workers to revoke the task, in the words of Celery', async () => {
    const app = makeApp();
    await app.broker.connect();
    await app.broker.declare({
      exchanges: [{ name: 'celery.pidbox', type: 'fanout', durable: false, autoDelete: false }],
      queues: [{ name: 'mailbox', durable: false, exclusive: false, autoDelete: true }],
      bindings: [{ queue: 'mailbox', exchange: 'celery.pidbox', routingKey: '' }],
    });
    const received = new Promise<ReceivedMessage>((resolve) => {
      const handlers: SessionHandlers = {
        onDelivery: ({ message }) => resolve(message),
        onLost() {},
        onCancelled() {},
      };
      void app.broker.openSession(handlers).then((session) => session.subscribe('mailbox', { noAck: true }));
    });
    await app.asyncResult('some-id').revoke({ terminate: true, signal: 'SIGKILL' });
    const { body, headers } = await received;
    expect(JSON.parse(body.toString())).toEqual({
      method: 'revoke',
      arguments: { task_id: 'some-id', terminate: true, signal: 'SIGKILL' },
      destination: null,
      pattern: null,
      matcher: null,
    });
    expect(headers).toEqual({ clock: 1, expires: expect.any(Number) });
  });
});
