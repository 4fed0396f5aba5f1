import type { Delivery, Session } from '../contracts/broker.js';
import { ContentRegistry } from '../protocol/content.js';
import { decodeControlRequest, encodeControlAnswer } from '../protocol/control-message.js';
import type { ControlRequest } from '../protocol/control-message.js';
import { FakeClock } from '../testing/fake-clock.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';
import type { CeleryApp } from './celery-app.js';
import { Pidbox } from './pidbox.js';

const registry = new ContentRegistry();
const reading = { registry, accept: registry.acceptSet(['json']), maxBytes: 1 << 20, maxDepth: 64 };

const memory = new MemoryWorkers('control-spec');

/** A client, and a node that hears its commands and answers what the test wants. */
async function setUp() {
  const clock = new FakeClock();
  const app = memory.app({}, { clock });
  const heard: ControlRequest[] = [];
  const onDelivery = ({ message }: Delivery) => void heard.push(decodeControlRequest(message, reading));
  const mailbox = new Pidbox(app.config).mailbox('spy@host');
  await app.broker.connect();
  await app.broker.declare(mailbox);
  const session: Session = await app.broker.openSession({ onDelivery, onLost() {}, onCancelled() {} });
  await session.subscribe(mailbox.name, { noAck: true });
  const next = () => waitUntil('a command is heard', () => heard.shift());
  return { app, clock, lines: memory.lines, next };
}

async function answer(
  app: CeleryApp,
  { reply }: ControlRequest,
  node: string,
  more: Partial<{ ticket: string; expires: number; body: string }> = {},
) {
  if (!reply) throw new Error('No answer is waited for.');
  const content = { reply: { [node]: { ok: 'pong' } }, ticket: more.ticket ?? reply.ticket, clock: 41, expires: 0 };
  const message = encodeControlAnswer(content, { registry, serializer: 'json' });
  if (more.expires !== undefined) message.headers.expires = more.expires;
  if (more.body !== undefined) message.body = Buffer.from(more.body);
  await app.broker.publish(message, reply, { confirm: true, mandatory: true, timeout: 1000 });
}

const pong = (node: string) => ({ [node]: { ok: 'pong' } });

describe('Control', () => {
  it.each<[string, (app: CeleryApp) => Promise<unknown>, string, Record<string, unknown>]>([
    ['revoke', (app) => app.control.revoke('a'), 'revoke', { task_id: 'a', terminate: false, signal: 'SIGTERM' }],
    [
      'revoke of several',
      (app) => app.control.revoke(['a', 'b'], { terminate: true, signal: 9 }),
      'revoke',
      { task_id: ['a', 'b'], terminate: true, signal: 9 },
    ],
    ['terminate', (app) => app.control.terminate('a'), 'revoke', { task_id: 'a', terminate: true, signal: 'SIGTERM' }],
    [
      'rateLimit',
      (app) => app.control.rateLimit('add', '10/m'),
      'rate_limit',
      { task_name: 'add', rate_limit: '10/m' },
    ],
    [
      'timeLimit',
      (app) => app.control.timeLimit('add', { soft: 1 }),
      'time_limit',
      { task_name: 'add', hard: null, soft: 1 },
    ],
    ['broadcast', (app) => app.control.broadcast('shutdown'), 'shutdown', {}],
  ])('says %s in the words of Celery, and waits for no answer', async (_, call, method, args) => {
    const { app, clock, next } = await setUp();
    expect(await call(app)).toEqual([]);
    expect(await next()).toEqual({
      method,
      arguments: args,
      destination: null,
      pattern: null,
      matcher: null,
      reply: null,
      clock: 1,
      expires: clock.now().getTime() / 1000 + 1,
    });
  });

  it('gathers answers until the time is over', async () => {
    const { app, clock, next } = await setUp();
    const seen: unknown[] = [];
    const asked = app.control.ping({ timeout: 5, callback: (reply) => seen.push(reply) });
    const command = await next();
    await answer(app, command, 'a@host');
    await clock.advance(4999);
    await answer(app, command, 'b@host');
    await waitUntil('both have come', () => seen.length === 2);
    await clock.advance(1);
    expect(await asked).toEqual([pong('a@host'), pong('b@host')]);
    expect(seen).toEqual([pong('a@host'), pong('b@host')]);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([{ limit: 2 }, { destination: ['a@host', 'b@host'] }])('waits no longer than for %j', async (options) => {
    const { app, clock, next } = await setUp();
    const asked = app.control.ping(options);
    const command = await next();
    for (const node of ['a@host', 'b@host', 'c@host']) await answer(app, command, node);
    expect(await asked).toEqual([pong('a@host'), pong('b@host')]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends a pattern as a glob unless it is told otherwise', async () => {
    const { app, next } = await setUp();
    await app.control.revoke('a', { pattern: 'w*' });
    expect(await next()).toMatchObject({ pattern: 'w*', matcher: 'glob' });
    await app.control.revoke('a', { pattern: 'w.', matcher: 'pcre' });
    expect(await next()).toMatchObject({ pattern: 'w.', matcher: 'pcre' });
  });

  it('leaves out answers to other questions, late ones, and what is none', async () => {
    const { app, next, lines } = await setUp();
    const asked = app.control.ping({ limit: 1 });
    const command = await next();
    await answer(app, command, 'other@host', { ticket: 'another' });
    await answer(app, command, 'late@host', { expires: 1 });
    await answer(app, command, 'broken@host', { body: '{' });
    await answer(app, command, 'a@host');
    expect(await asked).toEqual([pong('a@host')]);
    expect(lines).toEqual([expect.stringContaining('An answer to a command was left out')]);
    expect(app.logicalClock.value).toBeGreaterThan(42);
  });

  it('tells when its answers are lost', async () => {
    const { app, next } = await setUp();
    const asked = app.control.ping();
    const { reply } = await next();
    await app.broker.admin?.deleteQueue(`${reply?.routingKey}.${reply?.exchange}`);
    await expect(asked).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  it('refuses a destination that is no list: Python would take it for everybody', async () => {
    const { app } = await setUp();
    const destination = 'w1@host' as unknown as string[];
    await expect(app.control.ping({ destination })).rejects.toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
  });

  it('writes revoked ids down for workers that are away, unless it speaks to some only', async () => {
    const { app, clock } = await setUp();
    await app.control.revoke('a');
    await app.control.revoke(['b', 'c'], { destination: ['w1@host'] });
    const table = (await app.connectBackend()).revocations;
    expect(await table?.load(clock.now(), 10)).toEqual(['a']);
    expect(await table?.load(new Date(clock.now().getTime() + 10_800_000), 10)).toEqual([]);
  });

  it('revokes although the ids cannot be written down, and says so', async () => {
    const { app, next, lines } = await setUp();
    Object.defineProperty(app.backend, 'connect', { value: () => Promise.reject(new Error('no database')) });
    await app.control.revoke('a');
    expect(await next()).toMatchObject({ method: 'revoke' });
    expect(lines).toEqual([expect.stringContaining('no database')]);
  });
});
