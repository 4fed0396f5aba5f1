import type { Clock } from '../contracts/clock.js';
import { FakeClock } from '../testing/fake-clock.js';
import { systemClock } from '../time/system-clock.js';
import { waitUntil } from '../testing/wait-until.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import type { TaskOfSpec } from '../testing/memory-worker.js';
import type { ExtendedMeta, TaskMeta } from '../protocol/result-meta.js';
import type { CeleryApp } from './celery-app.js';
import type { CeleryOptions } from './config.js';
import { currentTask } from './task-context.js';

const workers = new MemoryWorkers('rerun');

async function started(
  tasks: Record<string, TaskOfSpec>,
  options: CeleryOptions = {},
  clock: Clock = systemClock,
): Promise<CeleryApp> {
  const app = workers.app({ resultExtended: true, ...options }, { clock });
  await workers.worker(app, tasks, { queues: ['celery', 'slow'] }).start();
  return app;
}

const echo = (args: unknown[], kwargs: Record<string, unknown>) => ({ args, kwargs });
const run = async (app: CeleryApp, name: string, args: unknown[] = [], options = {}): Promise<string> => {
  const result = await app.sendTask(name, args, options);
  await result.get({ timeout: 5, propagate: false });
  return result.id;
};

describe('A finished task that is run again', () => {
  it('is sent under a new id with its arguments, whatever their types', async () => {
    const app = await started({ echo });
    const args = [
      1,
      2n ** 60n,
      new Date('2026-11-20T10:00:00Z'),
      Buffer.from([0, 255]),
      { __proto__: null, a: 'C:\\new' },
    ];
    const id = await run(app, 'echo', args, { kwargs: { to: null } });
    const again = await app.rerun(id);
    expect(again.id).not.toBe(id);
    expect(await again.get({ timeout: 5 })).toEqual({ args, kwargs: { to: null } });
  });

  it('gets the arguments as they were sent, though its handler changed them', async () => {
    const app = await started({ drain: ([list]) => (list as number[]).splice(0) });
    const id = await run(app, 'drain', [[1, 2]]);
    expect(await app.backend?.calls?.find(id)).toMatchObject({ args: '[[1,2]]', kwargs: '{}' });
    const again = await app.rerun(id);
    expect(await again.get({ timeout: 5 })).toEqual([1, 2]);
  });

  it('takes other arguments and options in place of its own', async () => {
    const app = await started({ echo });
    const id = await run(app, 'echo', [1], { kwargs: { dry: true } });
    const again = await app.rerun(id, { args: [2], kwargs: {}, taskId: 'second', headers: { tenant: 'x' } });
    expect(again.id).toBe('second');
    expect(await again.get({ timeout: 5 })).toEqual({ args: [2], kwargs: {} });
    expect(await (await app.rerun(id, { kwargs: { dry: false } })).get({ timeout: 5 })).toEqual({
      args: [1],
      kwargs: { dry: false },
    });
  });

  it('goes to the queue that it came from, unless told otherwise', async () => {
    const app = await started({ where: () => currentTask()?.deliveryInfo.routingKey });
    const id = await run(app, 'where', [], { queue: 'slow' });
    expect(await (await app.rerun(id)).get({ timeout: 5 })).toBe('slow');
    expect(await (await app.rerun(id, { queue: 'celery' })).get({ timeout: 5 })).toBe('celery');
    expect(await (await app.rerun(id, { routingKey: 'celery' })).get({ timeout: 5 })).toBe('celery');
  });

  it('knows its origin, and the origin knows it', async () => {
    const app = await started({ origin: () => currentTask()?.headers['x-celery-rerun-of'] ?? null });
    const id = await run(app, 'origin');
    const again = await app.rerun(id, { headers: { tenant: 'x' } });
    expect(await again.get({ timeout: 5 })).toBe(id);
    const third = await app.rerun(again.id);
    await third.get({ timeout: 5 });
    expect(await app.rerunsOf(id)).toEqual({ rerunOf: null, reruns: [again.id] });
    expect(await app.rerunsOf(again.id)).toEqual({ rerunOf: id, reruns: [third.id] });
  });

  it.each([
    ['failed', () => Promise.reject(new Error('boom'))],
    ['succeeded', () => 1],
  ])('may have %s', async (_, handler) => {
    const app = await started({ either: handler });
    const id = await run(app, 'either', [7]);
    await (await app.rerun(id)).get({ timeout: 5, propagate: false });
    expect((await app.backend?.calls?.find(id))?.args).toBe('[7]');
  });

  it('may have been revoked before it ran', async () => {
    const clock = new FakeClock();
    const app = await started({ echo }, {}, clock);
    const late = await app.sendTask('echo', [1], { countdown: 20, expires: 10 });
    await waitUntil('it was received', () => workers.lines.some((line) => line.includes('received')));
    await clock.advance(20_000);
    await waitUntil('it is revoked', async () => (await late.state()) === 'REVOKED');
    expect(await (await app.rerun(late.id)).get()).toEqual({ args: [1], kwargs: {} });
  });

  it('is sent, even where the link cannot be noted', async () => {
    const app = await started({ echo });
    const id = await run(app, 'echo', [1]);
    const { calls } = app.backend ?? {};
    if (!calls) throw new Error('no calls');
    calls.link = () => Promise.reject(new Error('disk full'));
    expect(await (await app.rerun(id)).get({ timeout: 5 })).toEqual({ args: [1], kwargs: {} });
    expect(workers.lines).toContainEqual(
      expect.stringMatching(/was sent as a rerun of .* could not be noted: .*disk full/),
    );
  });
});

describe('Running a task again is refused', () => {
  const refused = (reason: string, message: RegExp) =>
    expect.objectContaining({ code: 'RERUN_REFUSED', reason, message: expect.stringMatching(message) });

  it('when nobody knows it', async () => {
    const app = await started({ echo });
    await expect(app.rerun('nobody')).rejects.toEqual(refused('unknown', /Task nobody .* no result of it is stored/));
  });

  it('while it runs', async () => {
    let end = (): void => {};
    const app = await started({
      slow: [() => new Promise<void>((resolve) => (end = resolve)), { trackStarted: true }],
    });
    const result = await app.sendTask('slow');
    await waitUntil('it has started', async () => (await result.state()) === 'STARTED');
    await expect(app.rerun(result.id)).rejects.toEqual(refused('unfinished', /its state is STARTED. Wait/));
    end();
  });

  it('when neither name nor arguments were stored, unless they are given', async () => {
    const app = await started({ echo }, { resultExtended: false });
    await expect(app.rerun(await run(app, 'echo', [1]))).rejects.toEqual(refused('no-name', /Set resultExtended/));
  });

  it('when its arguments were too large to be kept, unless they are given', async () => {
    const app = await started({ echo }, { resultExtendedMaxBytes: 50 });
    const id = await run(app, 'echo', ['x'.repeat(2_000)]);
    await expect(app.rerun(id)).rejects.toEqual(refused('unreadable', /args\[0\] was cut short/));
    expect(await (await app.rerun(id, { args: ['y'] })).get({ timeout: 5 })).toEqual({ args: ['y'], kwargs: {} });
  });

  it('under its own id', async () => {
    const app = await started({ echo });
    const id = await run(app, 'echo');
    await expect(app.rerun(id, { taskId: id })).rejects.toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
  });

  it('without a result backend', async () => {
    const { CeleryApp: App } = await import('./celery-app.js');
    const { config, broker } = workers.app();
    await expect(new App({ config, broker, backend: undefined }).rerun('a')).rejects.toMatchObject({
      code: 'BACKEND_DISABLED',
    });
  });
});

describe('A task whose arguments are secret', () => {
  const secret = 'hunter2';
  const redact = ([user]: readonly unknown[]) => ({ args: [user, '***'], kwargs: {} });

  const shown = async (app: CeleryApp, id: string) => {
    const meta = (await app.backend?.getMany([id]))?.get(id);
    return { meta, call: await app.backend?.calls?.find(id) };
  };

  it('keeps and shows of them what redact leaves, and wants them anew', async () => {
    const app = await started({ login: [echo, { redact }] });
    const id = await run(app, 'login', ['ann', secret]);
    const { meta, call } = await shown(app, id);
    expect(meta?.extended).toMatchObject({ argsrepr: "('ann', '***')", kwargsrepr: '{}' });
    expect(call).toMatchObject({ args: '["ann","***"]', kwargs: '{}', redacted: true });
    await expect(app.rerun(id)).rejects.toMatchObject({ reason: 'redacted' });
    const again = await app.rerun(id, { args: ['ann', secret], kwargs: {} });
    expect(await again.get({ timeout: 5 })).toEqual({ args: ['ann', secret], kwargs: {} });
    expect(JSON.stringify((await shown(app, again.id)).call)).not.toContain(secret);
  });

  it('shows nothing of them in the message, where the caller knows the task', async () => {
    const app = await started({ reprs: () => currentTask() && null });
    const messages: unknown[] = [];
    app.signals.connect('before_task_publish', (payload) => void messages.push(payload));
    await app.sendTask('reprs', ['ann', secret], { kwargs: { pin: secret } }, { redact });
    await app.sendTask('reprs', ['ann', secret], {}, { redact: () => undefined });
    await app.sendTask(
      'reprs',
      ['ann', secret],
      {},
      {
        redact: () => {
          throw new Error('bug');
        },
      },
    );
    const reprs = messages
      .map((one) => (one as { headers: Record<string, unknown> }).headers)
      .map((headers) => [headers.argsrepr, headers.kwargsrepr]);
    expect(reprs).toEqual([
      ["('ann', '***')", '{}'],
      ['<redacted>', '<redacted>'],
      ['<redacted>', '<redacted>'],
    ]);
  });

  it.each([
    ['leaves nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('bug');
      },
    ],
    ['answers nonsense', () => 'x' as never],
    ['leaves what JSON has no word for', () => ({ args: [new Map()], kwargs: {} })],
  ])('keeps nothing where redact %s', async (_, hide) => {
    const app = await started({ login: [echo, { redact: hide }] });
    const id = await run(app, 'login', ['ann', secret]);
    const { meta, call } = await shown(app, id);
    expect(call).toBeUndefined();
    expect(JSON.stringify(meta?.extended)).not.toContain(secret);
    await expect(app.rerun(id)).rejects.toMatchObject({ code: 'RERUN_REFUSED' });
  });

  it('may be run again where redact left everything', async () => {
    const app = await started({ login: [echo, { redact: (args, kwargs) => ({ args, kwargs }) }] });
    const id = await run(app, 'login', ['ann', 1.5], { kwargs: { a: 1 } });
    expect(await (await app.rerun(id)).get({ timeout: 5 })).toEqual({ args: ['ann', 1.5], kwargs: { a: 1 } });
  });

  it('keeps nothing where the sender shows something else than the arguments', async () => {
    const app = await started({ echo });
    const hidden = await run(app, 'echo', ['ann', secret], { argsrepr: "('ann', '***')" });
    expect((await shown(app, hidden)).call).toBeUndefined();
    const python = await run(app, 'echo', [2, [1], true], {
      kwargs: { x: 3 },
      argsrepr: '[2.0, [1.0], True]',
      kwargsrepr: "{'x': 3.0}",
    });
    expect((await shown(app, python)).call).toMatchObject({ args: '[2,[1],true]', kwargs: '{"x":3}' });
  });
});

describe("A task of which only Python's repr is stored", () => {
  const stored = async (app: CeleryApp, extended: Partial<ExtendedMeta>): Promise<string> => {
    const meta: TaskMeta = {
      taskId: 'python',
      status: 'SUCCESS',
      result: { contentType: 'application/json', contentEncoding: 'utf-8', data: 'null' },
      traceback: null,
      children: [],
      extended: {
        name: 'echo',
        argsrepr: '()',
        kwargsrepr: '{}',
        worker: 'w',
        retries: 0,
        queue: null,
        periodicTaskName: null,
        ...extended,
      },
    };
    await app.connectBackend();
    await app.backend?.storeResult(meta);
    return meta.taskId;
  };

  it('is run again with plain values', async () => {
    const app = await started({ echo });
    const id = await stored(app, { argsrepr: "(1, 'it\\'s', None, [True, (2.5,)])", kwargsrepr: "{'a': {'b': -3}}" });
    expect(await (await app.rerun(id)).get({ timeout: 5 })).toEqual({
      args: [1, "it's", null, [true, [2.5]]],
      kwargs: { a: { b: -3 } },
    });
  });

  it.each([
    [
      { argsrepr: '(1, datetime.datetime(2026, 1, 2, 3, 4))' },
      /args\[1\] is 'datetime.datetime…'.* Give them: rerun\(id, { args: … }\)/,
    ],
    [{ kwargsrepr: "{'to': [<User 1>]}" }, /kwargs\.to\[0\] is no Python literal/],
    [{ argsrepr: "('a', ...)" }, /args\[1\] was cut short/],
    [{ argsrepr: '{1, 2}' }, /args is no tuple or list/],
    [{ kwargsrepr: '[]' }, /kwargs is no dict/],
    [{ argsrepr: null }, /its args were not kept/],
    [{ argsrepr: '__import__("os").system("id")' }, /no plain literal, and nothing is run/],
  ])('is refused with %j, naming the argument', async (extended, message) => {
    const app = await started({ echo });
    await expect(app.rerun(await stored(app, extended))).rejects.toThrow(message);
  });

  it('is refused by the serializer for a set, which JSON has no word for', async () => {
    const app = await started({ echo });
    await expect(app.rerun(await stored(app, { argsrepr: '({1, 2},)' }))).rejects.toMatchObject({
      code: 'ENCODE_ERROR',
    });
  });
});
