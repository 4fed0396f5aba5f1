import { connect } from 'amqplib';
import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { amqpUrl } from '../support/servers.js';

const MEGABYTE = 2 ** 20;

describe('a worker that is given what no worker should be given', () => {
  const queue = ownQueue();
  /** For tasks that take their worker with them. */
  const fatal = ownQueue();
  let worker: TestProcess;
  let database: OwnDatabase;
  let app: CeleryApp;

  beforeAll(async () => {
    database = await createOwnDatabase();
    app = celeryClient(database.url);
    worker = await start();
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await database?.drop();
  });

  const start = (settings: Record<string, string> = {}, queues = [queue]): Promise<TestProcess> =>
    startNodeWorker({ databaseUrl: database.url, queues, entry: 'bad-input-worker', settings });
  const send = <R>(task: string, args: unknown[] = [], options = {}): Promise<AsyncResult<R>> =>
    app.sendTask<R>(`bad.${task}`, args, { queue, ...options });
  const depth = (name = queue) => app.broker.admin?.depth(name);

  it('says which option of which task cannot be meant, and does not start', async () => {
    const options = JSON.stringify({ acks_lat: true });
    const error = await start({ BAD_OPTIONS: options }).catch((reason: unknown) => String(reason));
    expect(error).toContain("The task DeclaredTasks.declared: unknown option 'acks_lat': did you mean 'acks_late'?");
    const limits = JSON.stringify({ softTimeLimit: 60 });
    const late = await start({ BAD_OPTIONS: limits, CELERY_TASK_TIME_LIMIT: '30' }).catch(String);
    expect(late).toMatch(/The task 'bad\.declared' \(.*\): softTimeLimit \(60 s\) is above timeLimit \(30 s\)/);
    const annotations = JSON.stringify({ 'bad.ok': { rateLimit: '10/day' } });
    const annotated = await start({ CELERY_TASK_ANNOTATIONS: annotations }).catch(String);
    expect(annotated).toContain("taskAnnotations: 'bad.ok': 'rateLimit' expects a rate");
  }, 60_000);

  it('stores FAILURE for a result that cannot be written and for what is no error, and lives on', async () => {
    const unwritable = await send('unwritable');
    await expect(unwritable.get({ timeout: 20 })).rejects.toMatchObject({
      code: 'ENCODE_ERROR',
      message: "Task 'bad.unwritable': the result.report.rows[0] is a function, which cannot be sent.",
    });
    const text = await (await send('throwsText')).get({ timeout: 20, propagate: false });
    expect(text).toMatchObject({ name: 'NonError', message: 'no Error at all' });
    const long = await (await send('longMessage', [MEGABYTE])).get({ timeout: 20, propagate: false });
    expect((long as unknown as Error).message).toBe('x'.repeat(MEGABYTE));
    expect(await (await send<number>('ok', [1])).get({ timeout: 20 })).toBe(1);
  }, 60_000);

  it('ends with an early-ack task that calls process.exit(), which is lost and does not come again', async () => {
    const doomed = await start({}, [fatal]);
    const result = await send('exit', [7], { queue: fatal });
    expect(await doomed.exit).toEqual({ code: 7, signal: null });
    await waitUntil('the broker has noticed', async () => (await depth(fatal))?.consumers === 0);
    expect(await depth(fatal)).toEqual({ messages: 0, consumers: 0 });
    expect(await result.state()).toBe('PENDING');
  }, 60_000);

  it('ends with a late-ack task that calls process.exit(), which the next worker gets', async () => {
    const first = await start({}, [fatal]);
    const result = await send<string>('exitOnce', [7], { queue: fatal });
    expect(await first.exit).toEqual({ code: 7, signal: null });
    const second = await start({}, [fatal]);
    expect(await result.get({ timeout: 20 })).toBe('again');
    await second.stop();
  }, 60_000);

  it('is not sent 50 MB: the caller is told, and told what to do', async () => {
    const text = 'x'.repeat(50 * MEGABYTE);
    await expect(send('length', [text])).rejects.toMatchObject({
      code: 'ENCODE_ERROR',
      message: expect.stringMatching(
        /'bad\.length' was not sent: .* 524\d{5} bytes, more than messageMaxBytes \(16777216\)/,
      ),
    });
    expect(await depth()).toMatchObject({ messages: 0 });
  }, 60_000);

  it('takes 50 MB where both sides allow them', async () => {
    const messageMaxBytes = 64 * MEGABYTE;
    const client = celeryClient(database.url, { messageMaxBytes });
    const generous = await start({ CELERY_MESSAGE_MAX_BYTES: String(messageMaxBytes) }, [fatal]);
    const sent = await client.sendTask<number>('bad.length', ['x'.repeat(50 * MEGABYTE)], { queue: fatal });
    expect(await sent.get({ timeout: 25 })).toBe(50 * MEGABYTE);
    await generous.stop();
  }, 60_000);

  it('discards with one line what somebody else sends all the same, and lives on', async () => {
    const connection = await connect(amqpUrl());
    const channel = await connection.createConfirmChannel();
    const body = Buffer.from(JSON.stringify([['x'.repeat(50 * MEGABYTE)], {}, {}]));
    const headers = { task: 'bad.length', id: 'too-large' };
    channel.sendToQueue(queue, body, { headers, contentType: 'application/json', contentEncoding: 'utf-8' });
    await channel.waitForConfirms();
    await connection.close();
    await worker.waitForLog(/bad\.length\[too-large\].*discarded.*more than messageMaxBytes/);
    expect(await (await send<number>('ok', [2])).get({ timeout: 20 })).toBe(2);
    expect(
      worker
        .logs()
        .split('\n')
        .filter((line) => line.includes('too-large')),
    ).toHaveLength(1);
    expect(
      Math.max(
        ...worker
          .logs()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(20_000);
    expect(await depth()).toMatchObject({ messages: 0 });
  }, 60_000);

  it.each([
    [{ headers: { task: 'mine' } }, "The header 'task' of task 'bad.ok' belongs to Celery's protocol"],
    [{ taskId: 5 }, "'taskId' expects a text of 1 to 255 bytes, not 5"],
    [{ eta: 'tomorrow' }, `'eta' expects a valid Date, or a text in ISO 8601, not "tomorrow"`],
    [{ countdown: '5' }, `'countdown' expects a number of seconds, not "5"`],
    [{ expires: Number.NaN }, "'expires' expects a number of seconds from now"],
    [{ priority: 256 }, "'priority' expects a whole number from 0 to 255, not 256"],
    [{ serializer: 'pickle' }, "'pickle' is refused: to read a pickle is to run the code in it"],
  ])('is not sent a call with %j', async (options, message) => {
    await expect(send('ok', [1], options)).rejects.toThrow(message);
    expect(await depth()).toMatchObject({ messages: 0 });
  });
});
