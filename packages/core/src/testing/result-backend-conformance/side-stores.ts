import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AttemptStore, CallStore, OnceStore, RevocationStore, StoredCall } from '../../contracts/side-stores.js';
import type { ResultBackend } from '../../contracts/result-backend.js';
import { testGlobals } from '../test-globals.js';
import { find } from './reading.js';
import { EXTENDED, failure, started, success } from './sample-metas.js';
import type { ResultBackendSuite } from './suite.js';

const LATER = new Date('2101-01-01T00:00:00Z');
const LONG_AGO = new Date('2001-01-01T00:00:00Z');

/** What a backend may keep besides results; a store that it has not is not asked for anything. */
export function describeSideStores(suite: ResultBackendSuite): void {
  const { describe } = testGlobals();
  describe('revocations', () => describeRevocations(suite));
  describe('attempts', () => describeAttempts(suite));
  describe('tasks that beat has sent', () => describeOnce(suite));
  describe('calls', () => describeCalls(suite));
  describe('reruns', () => describeReruns(suite));
}

let lastTime = LATER.getTime();

/** Later than all that tests have said before: they share a store. */
const laterStill = (): Date => new Date((lastTime += 60_000));
const secondsAfter = (time: Date, seconds: number): Date => new Date(time.getTime() + seconds * 1000);

function describeRevocations(suite: ResultBackendSuite): void {
  const { it } = testGlobals();
  const withRevocations = withStore<RevocationStore>(suite, (backend) => backend.revocations);

  it('are loaded by another backend, those remembered longest first', () =>
    withRevocations(async (store) => {
      const now = laterStill();
      const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
      await store.add([first, second], secondsAfter(now, 1));
      await store.add([third], secondsAfter(now, 2));
      const other = await suite.connected();
      assert.deepEqual(new Set(await other.revocations?.load(now, 100)), new Set([first, second, third]));
      assert.deepEqual(await other.revocations?.load(now, 1), [third]);
    }));

  it('are over when their time is', () =>
    withRevocations(async (store) => {
      const until = laterStill();
      await store.add([randomUUID()], until);
      assert.deepEqual(await store.load(until, 100), []);
    }));

  it('last as long as the longest that was said, whatever comes twice', () =>
    withRevocations(async (store) => {
      const now = laterStill();
      const id = randomUUID();
      await store.add([id, id], secondsAfter(now, 5));
      await store.add([id], secondsAfter(now, 1));
      await store.add([], secondsAfter(now, 9));
      assert.deepEqual(await store.load(secondsAfter(now, 4), 100), [id]);
    }));

  it('of ids that no task can have are left out', () =>
    withRevocations(async (store) => {
      const now = laterStill();
      const id = randomUUID();
      await store.add(['x'.repeat(100_000), 'nul\0', id], secondsAfter(now, 1));
      assert.ok((await store.load(now, 100)).includes(id));
    }));
}

function describeAttempts(suite: ResultBackendSuite): void {
  const { it } = testGlobals();
  const withAttempts = withStore<AttemptStore>(suite, (backend) => backend.attempts);

  it('are counted over all backends until the task ends', () =>
    withAttempts(async (store) => {
      const [id, other] = [randomUUID(), await suite.connected()];
      assert.equal(await store.begin(id), 0);
      assert.equal(await other.attempts?.begin(id), 1);
      assert.equal(await store.begin(randomUUID()), 0);
      assert.equal(await store.begin(id), 2);
      await other.attempts?.end(id);
      assert.equal(await store.begin(id), 0);
      await store.end(id);
      await store.end(id);
    }));

  it('are counted one by one when several begin at once', () =>
    withAttempts(async (store) => {
      const id = randomUUID();
      const counts = await Promise.all(Array.from({ length: 8 }, () => store.begin(id)));
      assert.deepEqual(counts.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
      await store.end(id);
    }));

  it('are forgotten when they are old', () =>
    withAttempts(async (store, backend) => {
      const id = randomUUID();
      await store.begin(id);
      await backend.deleteExpired(LONG_AGO);
      assert.equal(await store.begin(id), 1);
      await backend.deleteExpired(LATER);
      assert.equal(await store.begin(id), 0);
      await store.end(id);
    }));
}

function describeOnce(suite: ResultBackendSuite): void {
  const { it } = testGlobals();
  const withOnce = withStore<OnceStore>(suite, (backend) => backend.once);

  it('are new to the first who asks, over all backends', () =>
    withOnce(async (store) => {
      const [id, other] = [randomUUID(), await suite.connected()];
      assert.equal(await store.first(id), true);
      assert.equal(await other.once?.first(id), false);
      assert.equal(await store.first(id), false);
      assert.equal(await store.first(randomUUID()), true);
    }));

  it('are new to one of several who ask at once', () =>
    withOnce(async (store) => {
      const id = randomUUID();
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.first(id)));
      assert.equal(answers.filter(Boolean).length, 1);
    }));

  it('are remembered for a day, however short results are kept', () =>
    withOnce(async (store, backend) => {
      const id = randomUUID();
      await store.first(id);
      await backend.deleteExpired(LATER);
      assert.equal(await store.first(id), false);
    }));
}

const callOf = (taskId: string, fields: Partial<StoredCall> = {}): StoredCall => ({
  taskId,
  name: 'reports.send',
  args: '[1, "hå\\u0000☃"]',
  kwargs: '{"to": null}',
  queue: 'reports',
  redacted: false,
  ...fields,
});

function describeCalls(suite: ResultBackendSuite): void {
  const { it } = testGlobals();
  const withCalls = withStore<CallStore>(suite, (backend) => backend.calls);
  const extended = (call: StoredCall) => ({ extended: { ...EXTENDED, call } });

  it('are stored with a result, and not shown with it', () =>
    withCalls(async (store, backend) => {
      const [id, other] = [randomUUID(), randomUUID()];
      await Promise.all([
        backend.storeResult({ ...success(id), ...extended(callOf(id, { redacted: true })) }),
        backend.storeResult({ ...success(other), extended: EXTENDED }),
      ]);
      assert.deepEqual(await store.find(id), callOf(id, { redacted: true }));
      assert.equal(await store.find(other), undefined);
      assert.equal('call' in ((await find(backend, id)).extended ?? {}), false);
    }));

  it('are those of the last state that knew one, also when the states come at once', () =>
    withCalls(async (store, backend) => {
      const ids = Array.from({ length: 20 }, () => randomUUID());
      const metas = ids.flatMap((id) => [
        { ...started(id), extended: EXTENDED },
        { ...failure(id), ...extended(callOf(id, { queue: null })) },
        { ...success(id), ...extended(callOf(id)) },
        { ...failure(id), extended: EXTENDED },
      ]);
      await Promise.all(metas.map((meta) => backend.storeResult(meta)));
      for (const id of ids) assert.deepEqual(await store.find(id), callOf(id));
      await Promise.all(ids.map((id) => backend.storeResult(success(id))));
      for (const id of ids) assert.deepEqual(await store.find(id), callOf(id));
    }));

  it('are replaced as a whole by those of a later state', () =>
    withCalls(async (store, backend) => {
      const id = randomUUID();
      const first = callOf(id, { name: 'a', args: '[]', kwargs: '{}', queue: null, redacted: true });
      await backend.storeResult({ ...failure(id), ...extended(first) });
      assert.deepEqual(await store.find(id), first);
      await backend.storeResult({ ...success(id), ...extended(callOf(id)) });
      assert.deepEqual(await store.find(id), callOf(id));
    }));

  it('are forgotten with their result', () =>
    withCalls(async (store, backend) => {
      const [forgotten, expired, young] = [randomUUID(), randomUUID(), randomUUID()];
      const at = { dateDone: new Date('2001-01-01T00:00:00Z') };
      await backend.storeResult({ ...success(forgotten), ...extended(callOf(forgotten)) });
      await backend.storeResult({ ...success(expired), ...at, ...extended(callOf(expired)) });
      await backend.storeResult({ ...success(young), ...extended(callOf(young)) });
      await backend.forget([forgotten]);
      assert.equal(await backend.deleteExpired(new Date('2001-01-02T00:00:00Z')), 1);
      assert.equal(await store.find(forgotten), undefined);
      assert.equal(await store.find(expired), undefined);
      assert.deepEqual(await store.find(young), callOf(young));
      await backend.forget([young]);
    }));
}

function describeReruns(suite: ResultBackendSuite): void {
  const { it } = testGlobals();
  const withCalls = withStore<CallStore>(suite, (backend) => backend.calls);

  it('are found from both sides', () =>
    withCalls(async (store, backend) => {
      const [origin, first, second, other] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
      await store.link({ taskId: first, rerunOf: origin });
      await store.link({ taskId: second, rerunOf: first });
      await store.link({ taskId: other, rerunOf: randomUUID() });
      assert.deepEqual(await store.linksOf(origin), { rerunOf: null, reruns: [first] });
      assert.deepEqual(await store.linksOf(first), { rerunOf: origin, reruns: [second] });
      assert.deepEqual(await store.linksOf(second), { rerunOf: first, reruns: [] });
      await backend.forget([second]);
      assert.deepEqual(await store.linksOf(first), { rerunOf: origin, reruns: [] });
    }));
}

/** Runs a test on a store of the backend; does nothing where it has none. */
function withStore<S>(suite: ResultBackendSuite, storeOf: (backend: ResultBackend) => S | undefined) {
  return async (test: (store: S, backend: ResultBackend) => Promise<void>): Promise<void> => {
    const backend = await suite.connected();
    const store = storeOf(backend);
    if (store !== undefined) await test(store, backend);
  };
}
