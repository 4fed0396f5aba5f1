import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { ResultBackend } from '../contracts/result-backend.js';
import type { ExtendedMeta, TaskMeta } from '../protocol/result-meta.js';
import { testGlobals } from './test-globals.js';

/** How the suite gets backends: each call a new one, unconnected, all on one and the same store. */
export type MakeResultBackend = (settings: { protectSuccess: boolean }) => ResultBackend | Promise<ResultBackend>;

const STORED_AT = new Date('2026-11-20T10:00:00.123Z');
const PATIENCE_MS = 10_000;

/** What every result backend promises, whatever it stores in. Call it at the top level of a spec. */
export function describeResultBackend(name: string, makeBackend: MakeResultBackend): void {
  const { describe } = testGlobals();
  const suite = new Suite(makeBackend);
  describe(`${name} as a result backend`, () => {
    suite.closeAfterEach();
    describe('stores and finds', () => describeStoring(suite));
    describe('overwrites', () => describeOverwriting(suite));
    describe('waits', () => describeWaiting(suite));
    describe('forgets', () => describeForgetting(suite));
    describe('lives', () => describeLife(suite));
  });
}

class Suite {
  readonly #open: ResultBackend[] = [];

  constructor(private readonly makeBackend: MakeResultBackend) {}

  async connected(settings = { protectSuccess: true }): Promise<ResultBackend> {
    const backend = await this.makeBackend(settings);
    this.#open.push(backend);
    await backend.connect();
    return backend;
  }

  closeAfterEach(): void {
    testGlobals().afterEach(async () => {
      await Promise.all(this.#open.splice(0).map((backend) => backend.close()));
    });
  }
}

function describeStoring(suite: Suite): void {
  const { it } = testGlobals();

  it('has no meta of an id that was never stored', async () => {
    const backend = await suite.connected();
    assert.equal((await backend.getMany([randomUUID(), '__proto__'])).size, 0);
    assert.equal((await backend.getMany([])).size, 0);
  });

  it('gives back a success as it was stored', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    const children: TaskMeta['children'] = [[['child', [['parent', null], null]], null]];
    assert.equal(await backend.storeResult({ ...success(id, '{"a": "hå☃ \\u0000 \\"q\\""}'), children }), 'written');
    const meta = await find(backend, id);
    assert.equal(meta.taskId, id);
    assert.equal(meta.status, 'SUCCESS');
    assert.deepEqual(meta.result, json('{"a": "hå☃ \\u0000 \\"q\\""}'));
    assert.equal(meta.traceback, null);
    assert.deepEqual(meta.children, children);
    assert.deepEqual(meta.dateDone, STORED_AT);
  });

  it('gives back a failure with its traceback', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult(failure(id));
    const meta = await find(backend, id);
    assert.equal(meta.status, 'FAILURE');
    assert.deepEqual(meta.result, failure(id).result);
    assert.equal(meta.traceback, 'Error: boom\n    at here');
  });

  it('gives back bytes as bytes', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    const data = Buffer.from([0, 1, 2, 253, 254, 255, 0x5c, 0x22]);
    const result = { contentType: 'application/x-msgpack', contentEncoding: 'binary', data };
    await backend.storeResult({ ...success(id, ''), result });
    const meta = await find(backend, id);
    assert.deepEqual(meta.result, result);
  });

  it('knows when a task started, and that one which runs is not done', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult(started(id));
    const meta = await find(backend, id);
    assert.equal(meta.status, 'STARTED');
    assert.deepEqual(meta.dateStarted, STORED_AT);
    assert.equal(meta.dateDone, undefined);
  });

  it('stores any state that a task invents', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult({ ...started(id), status: 'PROGRESS', result: json('{"current": 3}') });
    const meta = await find(backend, id);
    assert.equal(meta.status, 'PROGRESS');
    assert.equal(meta.result.data, '{"current": 3}');
  });

  it('gives back name, arguments and worker when they were stored', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult({ ...success(id), extended: EXTENDED });
    assert.deepEqual(lasting((await find(backend, id)).extended), lasting(EXTENDED));
  });

  it('stores a megabyte', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    const text = JSON.stringify('é'.repeat(500_000));
    await backend.storeResult(success(id, text));
    assert.ok((await find(backend, id)).result.data === text);
  });

  it('stores thousands that come at once, and finds them together', async () => {
    const backend = await suite.connected();
    const ids = Array.from({ length: 2_500 }, () => randomUUID());
    const outcomes = await Promise.all(ids.map((id, n) => backend.storeResult(success(id, String(n)))));
    assert.ok(outcomes.every((outcome) => outcome === 'written'));
    const found = await backend.getMany(ids);
    assert.deepEqual(
      ids.map((id) => found.get(id)?.result.data),
      ids.map((_, n) => String(n)),
    );
  });
}

function describeOverwriting(suite: Suite): void {
  const { it } = testGlobals();

  it('replaces a state by the next, but remembers the start, the name and the arguments', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult({ ...started(id), extended: EXTENDED });
    assert.equal(await backend.storeResult(failure(id)), 'written');
    assert.equal(await backend.storeResult(success(id, '7')), 'written');
    const meta = await find(backend, id);
    assert.equal(meta.result.data, '7');
    assert.equal(meta.traceback, null);
    assert.deepEqual(meta.dateStarted, STORED_AT);
    assert.deepEqual(lasting(meta.extended), lasting(EXTENDED));
  });

  it('ends with the last of several states that are stored at once', async () => {
    const backend = await suite.connected();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await Promise.all(
      ids.flatMap((id) => [started(id), failure(id), started(id), success(id, '9')].map((m) => backend.storeResult(m))),
    );
    for (const [id, meta] of await backend.getMany(ids)) {
      assert.equal(meta.status, 'SUCCESS', id);
      assert.deepEqual(meta.dateStarted, STORED_AT);
    }
  });

  it('keeps a success against every late state, and says so', async () => {
    const backend = await suite.connected();
    const [apart, together] = [randomUUID(), randomUUID()];
    await backend.storeResult(success(apart, '1'));
    assert.equal(await backend.storeResult(failure(apart)), 'kept');
    assert.equal(await backend.storeResult(started(apart)), 'kept');
    assert.equal(await backend.storeResult(success(apart, '2')), 'written');
    const metas = [started(together), success(together, '2'), failure(together)];
    assert.equal((await Promise.all(metas.map((meta) => backend.storeResult(meta)))).at(-1), 'kept');
    for (const meta of (await backend.getMany([apart, together])).values()) {
      assert.equal(meta.status, 'SUCCESS');
      assert.equal(meta.result.data, '2');
    }
  });

  it('overwrites a success when it was told not to protect it', async () => {
    const backend = await suite.connected({ protectSuccess: false });
    const id = randomUUID();
    await backend.storeResult(success(id));
    assert.equal(await backend.storeResult(failure(id)), 'written');
    assert.equal((await find(backend, id)).status, 'FAILURE');
  });
}

function describeWaiting(suite: Suite): void {
  const { it } = testGlobals();

  it('finds at once what is stored already', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult(success(id, '5'));
    const [meta] = await collect(backend, [id]);
    assert.equal(meta?.result.data, '5');
  });

  it('ends at once when nothing is waited for', async () => {
    assert.deepEqual(await collect(await suite.connected(), []), []);
  });

  it('wakes when another backend stores the result', async () => {
    const [reader, writer] = [await suite.connected(), await suite.connected()];
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of ids) {
      const waiting = collect(reader, [id]);
      await writer.storeResult(started(id));
      await writer.storeResult(failure(id));
      assert.deepEqual((await waiting).map(statusOf), ['FAILURE']);
    }
  });

  it('gives results in order of completion, each once', async () => {
    const [reader, writer] = [await suite.connected(), await suite.connected()];
    const [first, second] = [randomUUID(), randomUUID()];
    await writer.storeResult(success(second));
    const order: string[] = [];
    for await (const meta of reader.waitFor([first, second, first], patience())) {
      order.push(meta.taskId);
      if (meta.taskId === second) await writer.storeResult(success(first));
    }
    assert.deepEqual(order, [second, first]);
  });

  it('wakes everybody who waits for one id', async () => {
    const [reader, writer] = [await suite.connected(), await suite.connected()];
    const id = randomUUID();
    const waiting = Array.from({ length: 5 }, () => collect(reader, [id]));
    await writer.storeResult(success(id));
    assert.deepEqual((await Promise.all(waiting)).flat().map(statusOf), Array(5).fill('SUCCESS'));
  });

  it('misses none of hundreds that are stored while the waits begin', async () => {
    const [reader, writer] = [await suite.connected(), await suite.connected()];
    const ids = Array.from({ length: 600 }, () => randomUUID());
    const metas = await Promise.all(ids.map((id) => [collect(reader, [id]), writer.storeResult(success(id))] as const));
    const found = await Promise.all(metas.map(([waiting]) => waiting));
    assert.deepEqual(
      found.flat().map((meta) => meta.taskId),
      ids,
    );
  });

  it('throws the reason of the signal, before or during the wait', async () => {
    const backend = await suite.connected();
    const aborted = AbortSignal.abort(new Error('before'));
    await assert.rejects(collect(backend, [randomUUID()], aborted), /before/);
    const controller = new AbortController();
    const waiting = collect(backend, [randomUUID()], controller.signal);
    await backend.getMany([]);
    controller.abort(new Error('during'));
    await assert.rejects(waiting, /during/);
  });

  it('can be left early', async () => {
    const backend = await suite.connected();
    const id = randomUUID();
    await backend.storeResult(success(id));
    for await (const meta of backend.waitFor([id, randomUUID()], patience())) {
      assert.equal(meta.taskId, id);
      break;
    }
  });
}

function describeForgetting(suite: Suite): void {
  const { it } = testGlobals();

  it('forgets the named results only', async () => {
    const backend = await suite.connected();
    const [gone, stays] = [randomUUID(), randomUUID()];
    await Promise.all([gone, stays].map((id) => backend.storeResult(success(id))));
    await backend.forget([gone, randomUUID()]);
    await backend.forget([]);
    assert.deepEqual([...(await backend.getMany([gone, stays])).keys()], [stays]);
  });

  it('deletes what was done before a time, and counts it', async () => {
    const backend = await suite.connected();
    const [old, young] = [randomUUID(), randomUUID()];
    await backend.storeResult({ ...success(old), dateDone: new Date('2001-01-01T00:00:00Z') });
    await backend.storeResult({ ...success(young), dateDone: new Date('2001-01-03T00:00:00Z') });
    assert.equal(await backend.deleteExpired(new Date('2001-01-02T00:00:00Z')), 1);
    assert.equal(await backend.deleteExpired(new Date('2001-01-02T00:00:00Z')), 0);
    assert.deepEqual([...(await backend.getMany([old, young])).keys()], [young]);
    await backend.forget([young]);
  });
}

function describeLife(suite: Suite): void {
  const { it } = testGlobals();

  it('may be connected and closed twice', async () => {
    const backend = await suite.connected();
    await backend.connect();
    await backend.storeResult(success(randomUUID()));
    await backend.close();
    await backend.close();
  });

  it('stores before it closes', async () => {
    const [writer, reader] = [await suite.connected(), await suite.connected()];
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const stored = Promise.all(ids.map((id) => writer.storeResult(success(id))));
    await writer.close();
    await stored;
    assert.equal((await reader.getMany(ids)).size, 50);
  });

  it('ends the waits when it is closed', async () => {
    const backend = await suite.connected();
    const waiting = collect(backend, [randomUUID()]);
    await backend.getMany([]);
    await Promise.all([assert.rejects(waiting, { code: 'BACKEND_UNAVAILABLE' }), backend.close()]);
  });

  it('shows its address', async () => {
    assert.match((await suite.connected()).safeUrl, /^\w+:\/\//);
  });
}

const EXTENDED: ExtendedMeta = {
  name: 'reports.send',
  argsrepr: "(1, 'hå')",
  kwargsrepr: "{'to': None}",
  worker: 'celery@host',
  retries: 0,
  queue: null,
  periodicTaskName: 'nightly',
};

/** Without the two fields that some tables have no column for. */
function lasting(extended: ExtendedMeta | undefined): Partial<ExtendedMeta> {
  const { name, argsrepr, kwargsrepr, worker, periodicTaskName } = extended ?? ({} as ExtendedMeta);
  return { name, argsrepr, kwargsrepr, worker, periodicTaskName };
}

const json = (data: string) => ({ contentType: 'application/json', contentEncoding: 'utf-8', data });

function success(taskId: string, data = 'null'): TaskMeta {
  return { taskId, status: 'SUCCESS', result: json(data), traceback: null, children: [], dateDone: STORED_AT };
}

function failure(taskId: string): TaskMeta {
  const result = json('{"exc_type": "Error", "exc_message": ["boom"], "exc_module": "js"}');
  return { ...success(taskId), status: 'FAILURE', result, traceback: 'Error: boom\n    at here' };
}

function started(taskId: string): TaskMeta {
  const result = json('{"pid": 1, "hostname": "celery@host"}');
  return { taskId, status: 'STARTED', result, traceback: null, children: [], dateStarted: STORED_AT };
}

async function find(backend: ResultBackend, id: string): Promise<TaskMeta> {
  const meta = (await backend.getMany([id])).get(id);
  assert.ok(meta, `no meta of ${id}`);
  return meta;
}

async function collect(backend: ResultBackend, ids: readonly string[], signal = patience()): Promise<TaskMeta[]> {
  const metas: TaskMeta[] = [];
  for await (const meta of backend.waitFor(ids, signal)) metas.push(meta);
  return metas;
}

const statusOf = (meta: TaskMeta): string => meta.status;
const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
