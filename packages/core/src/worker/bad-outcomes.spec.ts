import type { CeleryApp } from '../app/celery-app.js';
import type { TaskOptions } from '../app/task-options.js';
import { depthOf, MemoryWorkers } from '../testing/memory-worker.js';
import { waitUntil } from '../testing/wait-until.js';
import type { Worker } from './worker.js';

/** What a task may return or throw, however odd: it ends as SUCCESS or FAILURE, and the worker goes on. */
const tasks: Record<string, () => unknown> = {};
const options: TaskOptions = { autoretryFor: [RangeError], throws: [RangeError], acksLate: true };
const workers = new MemoryWorkers('bad-outcomes-spec');
let app: CeleryApp;
let worker: Worker;

beforeEach(async () => {
  app = workers.app();
  worker = workers.worker(app, { odd: [([name]) => tasks[String(name)]?.(), options] }, { concurrency: 1 });
  await worker.start();
});

/** The state and the result or error of the task, then those of one more, which the only slot must be free for. */
async function run(body: () => unknown): Promise<{ state: string; value: unknown }> {
  tasks['it'] = body;
  tasks['next'] = () => 'next';
  const result = await app.sendTask('odd', ['it']);
  const value = await result.get({ timeout: 10, propagate: false });
  expect(await (await app.sendTask('odd', ['next'])).get({ timeout: 10 })).toBe('next');
  await waitUntil('it is settled', async () => (await depthOf(app)) === 0 && worker.active === 0);
  expect(workers.lines.filter((line) => line.includes('could not be settled'))).toEqual([]);
  return { state: await result.state(), value };
}

const circle: Record<string, unknown> = { list: [] };
(circle['list'] as unknown[]).push(circle);

class Money {
  readonly amount = 5;
  readonly format = () => '5 €';
}

describe('a task that returns what cannot be stored', () => {
  it.each([
    ['a function', () => () => 1, 'is a function, which cannot be sent.'],
    ['a function inside', () => ({ a: [{ call: () => 1 }] }), '.a[0].call is a function, which cannot be sent.'],
    ['an instance with a method of its own', () => new Money(), '.format is a function, which cannot be sent.'],
    ['a symbol', () => [Symbol('x')], '[0] is a symbol, which cannot be sent.'],
    ['circular data', () => circle, '.list[0] contains itself: JSON has no circles.'],
    ['a Map', () => ({ m: new Map() }), '.m is a Map, for which JSON has no word: pass Object.fromEntries(map).'],
    [
      'an object whose getter throws',
      () => ({
        get x(): never {
          throw new Error('no');
        },
      }),
      '.x cannot be written: Error: no',
    ],
  ])('fails with an EncodeError that names the place: %s', async (_, body, problem) => {
    const { state, value } = await run(body);
    expect(state).toBe('FAILURE');
    expect(value).toMatchObject({ code: 'ENCODE_ERROR' });
    expect((value as Error).message).toMatch(/^Task 'odd': the result/);
    expect((value as Error).message).toContain(problem);
  });

  it.each([
    ['undefined', () => undefined, null],
    ['a bigint beyond 64 bits', () => 2n ** 100n, 2n ** 100n],
    [
      'an instance without methods of its own',
      () =>
        new (class {
          readonly x = 1;
        })(),
      { x: 1 },
    ],
    ['not a number', () => Number.NaN, Number.NaN],
    // oxlint-disable-next-line unicorn/no-thenable -- as a query builder is
    ['what can be awaited', () => ({ then: (resolve: (value: number) => void) => resolve(7) }), 7],
  ])('succeeds with what JSON makes of the rest: %s', async (_, body, expected) => {
    expect(await run(body)).toEqual({ state: 'SUCCESS', value: expected });
  });
});

const raise = (thrown: unknown) => () => {
  throw thrown;
};

const circular = new Error('outer');
circular.cause = new Error('inner', { cause: circular });

const unreadable = new Proxy(
  {},
  {
    get: raise(new Error('get')),
    has: raise(new Error('has')),
    getPrototypeOf: raise(new Error('getPrototypeOf')),
    ownKeys: raise(new Error('ownKeys')),
  },
);

class Sly extends Error {
  override get message(): never {
    throw new Error('no message for you');
  }
}

describe('a task that throws what is no ordinary error', () => {
  it.each([
    ['a string', 'text', 'NonError', 'text'],
    ['undefined', undefined, 'NonError', ''],
    ['null', null, 'NonError', ''],
    ['a bigint', 5n, 'NonError', '5'],
    ['a symbol', Symbol('x'), 'NonError', 'Symbol(x)'],
    ['a frozen object', Object.freeze({ code: 7 }), 'NonError', 'code'],
    ['an object without a prototype', Object.create(null), 'NonError', ''],
    ['a frozen error', Object.freeze(new TypeError('frozen')), 'TypeError', 'frozen'],
    ['a Proxy that throws', unreadable, 'Error', 'The task threw an object that cannot be read.'],
    ['an error whose message throws', new Sly(), 'Error', 'The task threw an object that cannot be read.'],
    ['an error that causes itself', circular, 'Error', 'outer'],
  ])('fails all the same: %s', async (_, thrown, name, message) => {
    const { state, value } = await run(raise(thrown));
    expect(state).toBe('FAILURE');
    expect(value).toMatchObject({ name });
    expect((value as Error).message).toContain(message);
  });

  it.each([
    ['rejects with nothing', () => Promise.reject()],
    ['cannot be asked for its then', () => new Proxy({}, { get: raise(new TypeError('get')) })],
    [
      'throws from its then',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- the point of it
        then: raise(new TypeError('then')),
      }),
    ],
  ])('fails when what it returns %s', async (_, body) => {
    expect(await run(body)).toMatchObject({ state: 'FAILURE' });
  });

  it('stores a message of 1 MB whole, and logs what a person can read', async () => {
    const text = 'x'.repeat(1_000_000);
    const { value } = await run(raise(new Error(text)));
    expect((value as Error).message).toBe(text);
    const line = workers.lines.find((each) => each.includes('raised unexpected'));
    expect(line?.length).toBeLessThan(20_000);
  });
});
