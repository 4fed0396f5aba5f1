import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TaskMeta } from '../../protocol/result-meta.js';
import { testGlobals } from '../test-globals.js';
import { collect, patience } from './reading.js';
import { failure, started, success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

/** Waiting ends with the result, with the signal, or when the caller leaves. */
export function describeWaiting(suite: ResultBackendSuite): void {
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

const statusOf = (meta: TaskMeta): string => meta.status;
