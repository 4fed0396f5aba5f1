import type { CeleryApp } from '../app/celery-app.js';
import type { SignalName } from '../app/signals.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const workers = new MemoryWorkers('worker-signals');

/** Every signal of these names, as it comes: name, sender, payload. */
function listen(app: CeleryApp, ...names: SignalName[]) {
  const heard: { name: SignalName; sender: string; payload: Record<string, unknown> }[] = [];
  for (const name of names) {
    app.signals.connect(name, ({ sender, ...payload }) => heard.push({ name, sender, payload }));
  }
  return heard;
}

const wait = { timeout: 5, propagate: false } as const;
const RUN = ['task_prerun', 'task_postrun', 'task_success', 'task_failure', 'task_retry'] as const;

describe('signals of a worker', () => {
  it('tell of its life in Celery’s order, with its node name as sender', async () => {
    const app = workers.app();
    const heard = listen(app, 'celeryd_init', 'celeryd_after_setup', 'worker_init', 'worker_ready', 'worker_shutdown');
    const worker = workers.worker(app, {}, { hostname: 'w@h', queues: ['mail'] });
    await worker.start();
    expect(heard.map(({ name }) => name)).toEqual([
      'celeryd_init',
      'celeryd_after_setup',
      'worker_init',
      'worker_ready',
    ]);
    expect(heard[0]?.payload).toMatchObject({ conf: app.config, options: { queues: ['mail'] } });
    await worker.stop(app.clock.now());
    expect(heard.at(-1)?.name).toBe('worker_shutdown');
    expect(heard.every(({ sender }) => sender === 'w@h')).toBe(true);
  });

  it('tell of the worker’s end once, however often it is stopped', async () => {
    const app = workers.app();
    const heard = listen(app, 'worker_shutdown');
    const worker = workers.worker(app, {});
    await worker.start();
    await Promise.all([worker.stop(app.clock.now()), worker.stop(app.clock.now())]);
    expect(heard).toHaveLength(1);
  });
});

describe('signals of a run', () => {
  const ends = {
    ok: () => 7,
    bad: () => {
      throw new RangeError('no');
    },
  };

  it('tell of a success', async () => {
    const app = workers.app();
    const heard = listen(app, ...RUN, 'task_received');
    await workers.worker(app, ends, { hostname: 'w@h' }).start();
    const { id } = await app.sendTask('ok', [1], { kwargs: { x: 2 } });
    await waitUntil('the run is over', () => heard.some(({ name }) => name === 'task_postrun'));
    expect(heard.map(({ name, sender }) => [name, sender])).toEqual([
      ['task_received', 'w@h'],
      ['task_prerun', 'ok'],
      ['task_success', 'ok'],
      ['task_postrun', 'ok'],
    ]);
    expect(heard[0]?.payload).toEqual({ request: { id, name: 'ok', args: [1], kwargs: { x: 2 } } });
    expect(heard[2]?.payload).toMatchObject({ result: 7, task: { id } });
    expect(heard[3]?.payload).toMatchObject({ retval: 7, state: 'SUCCESS' });
  });

  it('tell of a failure', async () => {
    const app = workers.app();
    const heard = listen(app, ...RUN);
    await workers.worker(app, ends).start();
    await app.sendTask('bad');
    await waitUntil('the run is over', () => heard.some(({ name }) => name === 'task_postrun'));
    expect(heard.map(({ name }) => name)).toEqual(['task_prerun', 'task_failure', 'task_postrun']);
    expect(heard[1]?.payload).toMatchObject({
      exception: new RangeError('no'),
      traceback: expect.stringContaining('RangeError'),
    });
    expect(heard[2]?.payload).toMatchObject({ retval: new RangeError('no'), state: 'FAILURE' });
  });

  it('tell of a retry, and then of the next run', async () => {
    const app = workers.app();
    const heard = listen(app, ...RUN);
    await workers
      .worker(app, { bad: [ends.bad, { autoretryFor: [Error], maxRetries: 1, defaultRetryDelay: 0 }] })
      .start();
    await app.sendTask('bad');
    await waitUntil('the run is over', () => heard.some(({ name }) => name === 'task_failure'));
    await waitUntil('the last is told', () => heard.length === 6);
    expect(heard.map(({ name }) => name)).toEqual([
      'task_prerun',
      'task_retry',
      'task_postrun',
      'task_prerun',
      'task_failure',
      'task_postrun',
    ]);
    expect(heard[1]?.payload).toMatchObject({ reason: expect.objectContaining({ message: 'no' }) });
    expect(heard[2]?.payload).toMatchObject({ state: 'RETRY' });
  });

  it('tell of what a hook throws, which changes nothing', async () => {
    const app = workers.app();
    const heard = listen(app, 'task_internal_error', 'task_postrun');
    const onSuccess = () => {
      throw new Error('in the hook');
    };
    await workers.worker(app, { ok: [ends.ok, { onSuccess }] }).start();
    const result = await app.sendTask('ok');
    await waitUntil('the run is over', () => heard.length === 2);
    expect(heard[0]?.payload).toMatchObject({ exception: new Error('in the hook') });
    expect(await result.get(wait)).toBe(7);
  });
});

describe('signals of messages that cannot run', () => {
  it('tell of a task that nobody knows, and of one that is none', async () => {
    const app = workers.app();
    const heard = listen(app, 'task_unknown', 'task_rejected', 'task_received');
    await workers.worker(app, {}, { hostname: 'w@h' }).start();
    const { id } = await app.sendTask('nobody.knows');
    await app.broker.publish(
      {
        body: Buffer.from('{}'),
        headers: {},
        properties: { contentType: 'application/json', contentEncoding: 'utf-8' },
      },
      { exchange: '', routingKey: 'celery' },
      { confirm: true, mandatory: true, timeout: 1000 },
    );
    await waitUntil('both are told', () => heard.some(({ name }) => name === 'task_rejected'));
    expect(heard.map(({ name, sender }) => [name, sender])).toEqual([
      ['task_unknown', 'w@h'],
      ['task_rejected', 'w@h'],
    ]);
    expect(heard[0]?.payload).toMatchObject({ name: 'nobody.knows', id, exc: { code: 'NOT_REGISTERED' } });
    expect(heard[1]?.payload).toMatchObject({ message: { routingKey: 'celery' }, exc: expect.any(Error) });
  });

  it('do not tell of the receipt of a task that has expired', async () => {
    const app = workers.app();
    const heard = listen(app, 'task_received', 'task_prerun');
    await app.sendTask('ok', [], { expires: new Date('2020-01-01') });
    const last = await app.sendTask('ok');
    await workers.worker(app, { ok: () => 7 }).start();
    await last.get(wait);
    await waitUntil('the last ran', () => heard.length >= 2);
    expect(heard.map(({ name }) => name)).toEqual(['task_received', 'task_prerun']);
  });
});
