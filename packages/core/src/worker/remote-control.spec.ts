import type { CeleryApp } from '../app/celery-app.js';
import type { CelerySignals } from '../app/signals.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryWorkers, depthOf } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';

const memory = new MemoryWorkers('remote-control');
const NODE = 'w1@host';
const named = { hostname: NODE };

/** The answer of the one worker. */
async function ask(app: CeleryApp, method: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const replies = await app.control.broadcast(method, args, { reply: true, destination: [NODE], timeout: 10 });
  expect(replies).toHaveLength(1);
  return replies[0]?.[NODE];
}

const said = (text: string) => memory.lines.some((line) => line.includes(text));

/** A handler that runs until it is told to end. */
function hanging() {
  const runs: ((value?: unknown) => void)[] = [];
  return { runs, handler: () => new Promise((resolve) => runs.push(resolve)) };
}

describe('remote control', () => {
  it('answers a ping under its node name', async () => {
    const app = memory.app();
    await memory.worker(app, {}, named).start();
    expect(await app.control.ping({ destination: [NODE], timeout: 10 })).toEqual([{ [NODE]: { ok: 'pong' } }]);
  });

  it('answers what it does not know, and what fails, as Python does, and goes on', async () => {
    const app = memory.app();
    await memory.worker(app, {}, named).start();
    expect(await ask(app, 'no_such_command')).toEqual({ error: "KeyError('no_such_command')" });
    expect(await ask(app, 'constructor')).toEqual({ error: "KeyError('constructor')" });
    expect(await ask(app, 'revoke')).toEqual({
      error: `TypeError("revoke() missing 1 required positional argument: 'task_id'")`,
    });
    expect(await ask(app, 'ping')).toEqual({ ok: 'pong' });
    expect(said("pidbox command error: there is no command 'no_such_command'")).toBe(true);
  });

  it('goes on after messages that are no commands, and patterns that are none', async () => {
    const app = memory.app();
    await memory.worker(app, {}, named).start();
    const publish = (body: string) =>
      app.broker.publish(
        { body: Buffer.from(body), headers: {}, properties: { contentType: 'application/json' } },
        { exchange: 'celery.pidbox', routingKey: '' },
        { confirm: true, mandatory: false, timeout: 1000 },
      );
    for (const body of ['{broken', '[]', '{"method":"ping","pattern":"(","matcher":"pcre"}']) await publish(body);
    expect(await ask(app, 'ping')).toEqual({ ok: 'pong' });
    expect(memory.lines.filter((line) => line.includes('Control command error'))).toHaveLength(3);
  });

  it('hears commands for others, and leaves them alone', async () => {
    const app = memory.app();
    const add = () => 1;
    await memory.worker(app, { add }, named).start();
    await app.control.revoke('a', { destination: ['w2@host'] });
    await app.control.revoke('b', { pattern: 'x*' });
    await app.control.revoke('c', { pattern: 'w[0-9]@*' });
    await ask(app, 'ping'); // what was said before is heard before
    const states = ['a', 'b', 'c'].map(async (taskId) => {
      const result = await app.sendTask('add', [], { taskId });
      await result.get({ timeout: 5, propagate: false });
      return result.state();
    });
    expect(await Promise.all(states)).toEqual(['SUCCESS', 'SUCCESS', 'REVOKED']);
  });

  it('hears nothing where it is switched off', async () => {
    const app = memory.app({ workerEnableRemoteControl: false });
    await memory.worker(app, {}, named).start();
    expect(await app.control.ping({ timeout: 0.1 })).toEqual([]);
    expect(await depthOf(app, `${NODE}.celery.pidbox`)).toBeUndefined();
  });

  it('takes the exchange of the setting', async () => {
    const name = 'own-exchange';
    const app = memory.app({ controlExchange: 'own' }, { name });
    await memory.worker(app, {}, named).start();
    expect(await ask(app, 'ping')).toEqual({ ok: 'pong' });
    expect(await memory.app({}, { name }).control.ping({ timeout: 0.1 })).toEqual([]);
  });

  it('leaves neither mailbox nor inbox behind', async () => {
    const app = memory.app();
    const worker = memory.worker(app, {}, named);
    await worker.start();
    await ask(app, 'ping');
    expect(await depthOf(app, `${NODE}.celery.pidbox`)).toBe(0);
    await worker.stop(new Date());
    expect(await depthOf(app, `${NODE}.celery.pidbox`)).toBeUndefined();
  });

  it('takes tasks although another worker has its name, says so, and hears when the name is free', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const first = memory.worker(app, {}, named);
    await first.start();
    await memory.worker(app, { add: () => 3 }, named).start();
    expect(memory.lines.filter((line) => line.includes('already using this process mailbox'))).toHaveLength(1);
    await first.stop(clock.now());
    expect(await (await app.sendTask('add')).get()).toBe(3);
    await clock.advance(1000);
    await waitUntil('the mailbox is open', () => said('Remote control works again'));
    expect(await app.control.ping({ destination: [NODE] })).toEqual([{ [NODE]: { ok: 'pong' } }]);
  });

  it('opens its mailbox again when somebody has deleted it', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    await memory.worker(app, {}, named).start();
    await app.broker.admin?.deleteQueue(`${NODE}.celery.pidbox`);
    await clock.advance(1000);
    await waitUntil('the mailbox is open', () => said('Remote control works again'));
    expect(await app.control.ping({ destination: [NODE] })).toEqual([{ [NODE]: { ok: 'pong' } }]);
  });

  it('moves the logical clocks of both sides on', async () => {
    const name = 'logical';
    const [app, client] = [memory.app({}, { name }), memory.app({}, { name })];
    await memory.worker(app, {}, named).start();
    client.logicalClock.adjust(100);
    await ask(client, 'ping');
    expect(app.logicalClock.value).toBeGreaterThan(101);
    expect(client.logicalClock.value).toBeGreaterThan(app.logicalClock.value);
  });
});

describe('revoke', () => {
  it('marks the tasks at once, discards what comes, and answers as Python does', async () => {
    const app = memory.app();
    const ran: string[] = [];
    await memory.worker(app, { add: () => ran.push('add') }, named).start();
    expect(await ask(app, 'revoke', { task_id: 'a' })).toEqual({ ok: "tasks {'a'} flagged as revoked" });
    expect(await ask(app, 'revoke', { task_id: ['b', 'c', 'b'] })).toEqual({
      ok: "tasks {'b', 'c'} flagged as revoked",
    });
    expect(await ask(app, 'revoke', { task_id: [] })).toEqual({ ok: 'tasks set() flagged as revoked' });
    expect(await ask(app, 'revoke', { task_id: 'd', terminate: true })).toEqual({ ok: 'terminate: tasks unknown' });
    expect(await app.asyncResult('c').state()).toBe('REVOKED');
    const result = await app.sendTask('add', [], { taskId: 'a' });
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'TASK_REVOKED', message: 'revoked' });
    await waitUntil('it is discarded', () => said('Discarding revoked task: add[a]'));
    await waitUntil('it is acknowledged', async () => (await depthOf(app)) === 0);
    expect(ran).toEqual([]);
  });

  it('leaves a success as it is', async () => {
    const app = memory.app();
    await memory.worker(app, { add: () => 1 }, named).start();
    const result = await app.sendTask('add');
    await result.get({ timeout: 5 });
    await ask(app, 'revoke', { task_id: result.id });
    expect(await app.asyncResult(result.id).state()).toBe('SUCCESS');
  });

  it.each([7, [7], { id: 'a' }])('refuses %j for an id', async (id) => {
    const app = memory.app();
    await memory.worker(app, {}, named).start();
    expect(await ask(app, 'revoke', { task_id: id })).toEqual({
      error: "TypeError('task_id must be a str or a list of str')",
    });
  });

  it('discards a task that waits for its eta, when that has come', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const ran: string[] = [];
    await memory.worker(app, { add: () => ran.push('add') }, named).start();
    const result = await app.sendTask('add', [], { countdown: 60 });
    await waitUntil('it is received', () => said(`add[${result.id}] received`));
    await ask(app, 'revoke', { task_id: result.id });
    await clock.advance(60_000);
    expect(said(`Discarding revoked task: add[${result.id}]`)).toBe(true);
    expect([await result.state(), ran]).toEqual(['REVOKED', []]);
  });

  it('marks a task at once that is to be terminated and still waits', async () => {
    const app = memory.app();
    await memory.worker(app, { add: () => 1 }, named).start();
    const result = await app.sendTask('add', [], { countdown: 60 });
    await waitUntil('it is received', () => said(`add[${result.id}] received`));
    const answer = await ask(app, 'revoke', { task_id: result.id, terminate: true });
    expect(answer).toEqual({ ok: `terminate: ${result.id}` });
    expect(await result.state()).toBe('REVOKED');
  });

  it('discards a task that waits for a slot', async () => {
    const app = memory.app();
    const { runs, handler } = hanging();
    await memory.worker(app, { hang: handler }, { ...named, concurrency: 1 }).start();
    await app.sendTask('hang');
    const waiting = await app.sendTask('hang');
    await waitUntil('one runs, one waits', () => runs.length === 1 && said(`hang[${waiting.id}] received`));
    expect(await ask(app, 'revoke', { task_id: waiting.id, terminate: true })).toEqual({
      ok: `terminate: ${waiting.id}`,
    });
    runs[0]?.();
    await waitUntil('it is discarded', () => said(`Discarding revoked task: hang[${waiting.id}]`));
    expect(runs).toHaveLength(1);
  });

  it('lets go on what runs, unless it is to be terminated', async () => {
    const app = memory.app();
    const { runs, handler } = hanging();
    await memory.worker(app, { hang: handler }, named).start();
    const result = await app.sendTask('hang');
    await waitUntil('it runs', () => runs.length === 1);
    await ask(app, 'revoke', { task_id: result.id });
    runs[0]?.('done');
    await waitUntil('it is done', async () => (await app.asyncResult(result.id).state()) === 'SUCCESS');
  });

  it.each([
    [undefined, 'SIGTERM'],
    ['KILL', 'SIGKILL'],
    ['SIGUSR1', 'SIGUSR1'],
    [9, 'SIGKILL'],
  ])('terminates what runs by %s', async (given, signal) => {
    const app = memory.app();
    const told: CelerySignals['task_revoked'][] = [];
    app.signals.connect('task_revoked', (payload) => told.push(payload), { sender: 'hang' });
    let reason: unknown;
    const { runs, handler } = hanging();
    const hang = () => handler();
    await memory.worker(app, { hang: [hang, { acksLate: true }] }, named).start();
    const result = await app.sendTask('hang', [1], { kwargs: { b: 2 } });
    await waitUntil('it runs', () => runs.length === 1);
    expect(await ask(app, 'terminate', { task_id: [result.id, 'other'], signal: given })).toEqual({
      ok: `terminate: ${result.id}`,
    });
    await result.get({ timeout: 5 }).catch((error: unknown) => (reason = error));
    expect(reason).toMatchObject({ code: 'TASK_REVOKED', message: 'terminated' });
    await waitUntil('the signal is told', () => told.length === 1);
    expect(told).toMatchObject([
      {
        request: { id: result.id, name: 'hang', args: [1], kwargs: { b: 2 } },
        terminated: true,
        signum: signal,
        expired: false,
      },
    ]);
    expect(await depthOf(app)).toBe(0);
  });

  it('revokes, but terminates nothing, by a signal that there is not', async () => {
    const app = memory.app();
    const { runs, handler } = hanging();
    await memory.worker(app, { hang: handler }, named).start();
    const result = await app.sendTask('hang');
    await waitUntil('it runs', () => runs.length === 1);
    expect(await ask(app, 'revoke', { task_id: result.id, terminate: true, signal: 'NOPE' })).toEqual({
      error: `AttributeError("module 'signal' has no attribute 'SIGNOPE'")`,
    });
    expect(said('was terminated')).toBe(false);
    runs[0]?.();
  });

  it('tells of what was discarded and of what has expired', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const told: string[] = [];
    app.signals.connect('task_revoked', ({ request, terminated, signum, expired }) => {
      told.push(`${request.id} ${terminated} ${signum} ${expired}`);
    });
    await memory.worker(app, { add: () => 1 }, named).start();
    await ask(app, 'revoke', { task_id: 'revoked' });
    await app.sendTask('add', [], { taskId: 'revoked' });
    await app.sendTask('add', [], { taskId: 'late', expires: 30, countdown: 60 });
    await waitUntil('one is told, one waits', () => told.length === 1 && said('add[late] received'));
    await clock.advance(60_000);
    await waitUntil('both are told', () => told.length === 2);
    expect(told).toEqual(['revoked false null false', 'late false null true']);
  });
});

describe('rate_limit', () => {
  it('answers as Python does', async () => {
    const app = memory.app();
    await memory.worker(app, { add: () => 1 }, named).start();
    const limit = (rate: unknown, name = 'add') => ask(app, 'rate_limit', { task_name: name, rate_limit: rate });
    expect(await limit('10/m')).toEqual({ ok: 'new rate limit set successfully' });
    expect(await limit(3)).toEqual({ ok: 'new rate limit set successfully' });
    expect(await limit(0)).toEqual({ ok: 'rate limit disabled successfully' });
    expect(await limit(null)).toEqual({ ok: 'rate limit disabled successfully' });
    expect(await limit('10/m', 'other')).toEqual({ error: 'unknown task' });
    expect(await limit('10/m', '__proto__')).toEqual({ error: 'unknown task' });
    expect(await limit('ten')).toEqual({
      error: `Invalid rate limit string: ValueError("could not convert string to float: 'ten'")`,
    });
  });

  it('holds back one type of task and no other, from the code or by command', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const ran: unknown[] = [];
    const run = ([name]: unknown[]) => ran.push(name);
    await memory.worker(app, { slow: [run, { rateLimit: '1/m' }], quick: run }, named).start();
    for (const n of [1, 2, 3]) await app.sendTask('slow', [`slow ${n}`]);
    await app.sendTask('quick', ['quick']);
    await waitUntil('two have run', () => ran.length === 2);
    expect(ran).toEqual(['slow 1', 'quick']);
    await clock.advance(60_000);
    await waitUntil('the next has run', () => ran.length === 3);
    await ask(app, 'rate_limit', { task_name: 'slow', rate_limit: 0 });
    await waitUntil('all have run', () => ran.length === 4);
    expect(ran).toEqual(['slow 1', 'quick', 'slow 2', 'slow 3']);
  });

  it('counts a task from its eta on', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const ran: unknown[] = [];
    await memory.worker(app, { slow: [([n]) => ran.push(n), { rateLimit: '1/m' }] }, named).start();
    await app.sendTask('slow', [1], { countdown: 30 });
    await app.sendTask('slow', [2], { countdown: 30 });
    await waitUntil('both are received', () => memory.lines.filter((line) => line.includes('received')).length === 2);
    await clock.advance(30_000);
    await waitUntil('one has run', () => ran.length === 1);
    await clock.advance(59_000);
    expect(ran).toEqual([1]);
    await clock.advance(1000);
    await waitUntil('both have run', () => ran.length === 2);
  });

  it('discards what is revoked or expires while it waits', async () => {
    const clock = new FakeClock();
    const app = memory.app({}, { clock });
    const ran: unknown[] = [];
    await memory.worker(app, { slow: [([n]) => ran.push(n), { rateLimit: '1/m' }] }, named).start();
    await app.sendTask('slow', [1]);
    const revoked = await app.sendTask('slow', [2]);
    const expired = await app.sendTask('slow', [3], { expires: 30 });
    await app.sendTask('slow', [4]);
    await waitUntil('all are received', () => memory.lines.filter((line) => line.includes('received')).length === 4);
    await ask(app, 'revoke', { task_id: revoked.id });
    await clock.advance(60_000);
    await waitUntil('the last has run', () => ran.length === 2);
    expect(ran).toEqual([1, 4]);
    expect([await revoked.state(), await expired.state()]).toEqual(['REVOKED', 'REVOKED']);
  });

  it('gives back what waits as soon as the worker takes no more', async () => {
    const app = memory.app();
    const ran: unknown[] = [];
    const worker = memory.worker(app, { slow: [([n]) => ran.push(n), { rateLimit: '1/h' }] }, named);
    await worker.start();
    for (const n of [1, 2, 3]) await app.sendTask('slow', [n]);
    await waitUntil('all are received', () => memory.lines.filter((line) => line.includes('received')).length === 3);
    await waitUntil('one has run', () => ran.length === 1);
    await worker.quiet();
    expect(await depthOf(app)).toBe(2);
  });

  it('holds nothing back where rate limits are switched off', async () => {
    const app = memory.app({ workerDisableRateLimits: true, taskDefaultRateLimit: '1/h' });
    await memory.worker(app, { add: () => 1 }, named).start();
    const results = await Promise.all([1, 2, 3].map(() => app.sendTask('add')));
    expect(await Promise.all(results.map((result) => result.get({ timeout: 5 })))).toEqual([1, 1, 1]);
  });
});

describe('time_limit', () => {
  it('changes the limits of runs that start from now on', async () => {
    const app = memory.app();
    await memory.worker(app, { hang: () => new Promise(() => {}) }, named).start();
    const limit = { task_name: 'hang', hard: 0.05, soft: null };
    expect(await ask(app, 'time_limit', limit)).toEqual({ ok: 'time limits set successfully' });
    const result = await app.sendTask('hang');
    await expect(result.get({ timeout: 5 })).rejects.toMatchObject({ code: 'TIME_LIMIT_EXCEEDED' });
  });

  it('refuses what is no time, and a task that it does not know', async () => {
    const app = memory.app();
    await memory.worker(app, { add: () => 1 }, named).start();
    expect(await ask(app, 'time_limit', { task_name: 'other', hard: 1 })).toEqual({ error: 'unknown task' });
    expect(await ask(app, 'time_limit', {})).toEqual({ error: 'unknown task' });
    expect(await ask(app, 'time_limit', { task_name: 'add', hard: 'long' })).toEqual({
      error: "TypeError('hard must be a number of seconds or null')",
    });
  });
});
