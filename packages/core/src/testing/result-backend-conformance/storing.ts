import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TaskMeta } from '../../protocol/result-meta.js';
import { testGlobals } from '../test-globals.js';
import { find } from './reading.js';
import { EXTENDED, STORED_AT, failure, json, lasting, started, success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

/** What is stored is found again, whole. */
export function describeStoring(suite: ResultBackendSuite): void {
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
