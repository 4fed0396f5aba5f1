import { FakeClock } from '@nestjs-celery/core/testing';
import { silentLogger } from '@nestjs-celery/core';
import type { StoreOutcome } from './pending-rows.js';
import { ResultWriter } from './result-writer.js';
import type { WriterDeps } from './result-writer.js';
import { DEFAULT_RETRY } from './retry.js';
import type { TaskRow } from './task-row.js';

/** A table that answers when the spec says so. */
class SlowTable {
  readonly statements: {
    ids: string[];
    rows: readonly TaskRow[];
    answer(kept?: string[]): void;
    refuse(error: Error): void;
  }[] = [];
  readonly upsert: WriterDeps['upsert'] = (rows) =>
    new Promise((resolve, reject) => {
      const answer = (kept: string[] = []) => resolve(new Set(kept));
      this.statements.push({ ids: rows.map((row) => row.taskId), rows, answer, refuse: reject });
    });

  at(index: number) {
    const statement = this.statements[index];
    if (!statement) throw new Error(`there was no statement ${index}, only ${this.statements.length}`);
    return statement;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const row = (taskId: string, fields: Partial<TaskRow> = {}): TaskRow => ({
  taskId,
  status: 'SUCCESS',
  contentType: 'application/json',
  contentEncoding: 'utf-8',
  result: '1',
  meta: '{"children": []}',
  traceback: null,
  savedAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  extended: undefined,
  call: undefined,
  ...fields,
});

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const badRow = Object.assign(new Error('invalid byte sequence'), { code: '22021' });
const noTable = Object.assign(new Error('relation "x" does not exist'), { code: '42P01' });

let table: SlowTable;
let clock: FakeClock;
const open = (options: Partial<WriterDeps> = {}): ResultWriter => {
  table = new SlowTable();
  clock = new FakeClock();
  return new ResultWriter({
    upsert: table.upsert,
    clock,
    logger: silentLogger,
    retry: DEFAULT_RETRY,
    protectSuccess: true,
    maxBufferedBytes: 1_000_000,
    ...options,
  });
};

describe('gathering', () => {
  it('sends a lone result with the turn of the event loop, without a timer', async () => {
    const stored = open().store(row('a'));
    await turn();
    expect(table.at(0).ids).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
    table.at(0).answer();
    await expect(stored).resolves.toBe('written');
  });

  it('sends the results of one turn together, in the order of their ids', async () => {
    const writer = open();
    void Promise.all(['c', 'a', 'b'].map((id) => writer.store(row(id))));
    await turn();
    expect(table.statements.map(({ ids }) => ids)).toEqual([['a', 'b', 'c']]);
  });

  it('has two statements under way at most, and sends the rest together', async () => {
    const writer = open();
    for (const id of ['a', 'b', 'c', 'd']) {
      void writer.store(row(id));
      await turn();
    }
    expect(table.statements.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    table.at(1).answer();
    await turn();
    expect(table.at(2).ids).toEqual(['c', 'd']);
  });

  it('sends 500 rows at most, and 4 MB', async () => {
    const writer = open({ maxBufferedBytes: 100_000_000 });
    for (let n = 0; n < 501; n++) void writer.store(row(`small ${n}`));
    for (let n = 0; n < 3; n++) void writer.store(row(`large ${n}`, { result: 'x'.repeat(1_900_000) }));
    await turn();
    expect(table.statements.map(({ ids }) => ids.length)).toEqual([500, 3]);
    table.at(0).answer();
    await turn();
    expect(table.at(2).ids).toEqual(['large 2']);
  });

  it("keeps a task's later state back while an earlier one is under way", async () => {
    const writer = open();
    void writer.store(row('a', { status: 'STARTED' }));
    await turn();
    void writer.store(row('a', { status: 'FAILURE' }));
    void writer.store(row('b'));
    await turn();
    expect(table.statements.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    table.at(0).answer();
    await turn();
    expect(table.at(2).rows).toMatchObject([{ taskId: 'a', status: 'FAILURE' }]);
  });
});

describe('merging', () => {
  const outcomes = async (...rows: TaskRow[]): Promise<Promise<StoreOutcome[]>[]> => {
    const writer = open();
    const stored = Promise.all(rows.map((one) => writer.store(one)));
    await turn();
    return [stored];
  };

  it('writes the last state of a task, with the start that an earlier one knew', async () => {
    const startedAt = '2026-01-01T00:00:00.000Z';
    const [stored] = await outcomes(row('a', { status: 'STARTED', startedAt }), row('a', { status: 'FAILURE' }));
    expect(table.at(0).rows).toEqual([row('a', { status: 'FAILURE', startedAt })]);
    table.at(0).answer();
    expect(await stored).toEqual(['written', 'written']);
  });

  it('does not let a late state win against a success', async () => {
    const [stored] = await outcomes(row('a'), row('a', { status: 'RETRY' }));
    expect(table.at(0).rows).toEqual([row('a')]);
    table.at(0).answer();
    expect(await stored).toEqual(['written', 'kept']);
  });

  it('says that the success in the table was kept', async () => {
    const [stored] = await outcomes(row('a', { status: 'FAILURE' }), row('b'));
    table.at(0).answer(['a']);
    expect(await stored).toEqual(['kept', 'written']);
  });
});

describe('a row that PostgreSQL refuses', () => {
  it('fails alone', async () => {
    const upsert: WriterDeps['upsert'] = async (rows) => {
      if (rows.some(({ taskId }) => taskId.startsWith('bad'))) throw badRow;
      return new Set();
    };
    const writer = open({ upsert });
    const ids = ['a', 'b', 'bad 1', 'c', 'd', 'bad 2', 'e', 'f'];
    const settled = await Promise.allSettled(ids.map((id) => writer.store(row(id))));
    expect(settled.map(({ status }) => status === 'fulfilled')).toEqual(ids.map((id) => !id.startsWith('bad')));
    expect(settled[2]).toMatchObject({
      reason: {
        code: 'BACKEND_STORE_ERROR',
        message: 'State SUCCESS of task "bad 1" was not stored: invalid byte sequence (SQLSTATE 22021).',
        cause: badRow,
      },
    });
  });

  it('is not looked for when the whole table is missing', async () => {
    const writer = open();
    const settled = Promise.allSettled(['a', 'b'].map((id) => writer.store(row(id))));
    await turn();
    table.at(0).refuse(noTable);
    expect(await settled).toMatchObject([
      { reason: { message: expect.stringContaining('Restart') } },
      { status: 'rejected' },
    ]);
    expect(table.statements).toHaveLength(1);
  });
});

describe('while PostgreSQL is away', () => {
  const fails = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      table.at(table.statements.length - 1).refuse(away);
      await turn();
      await clock.advance(DEFAULT_RETRY.maxSleep);
    }
  };

  it('tries again for ever, and says so once', async () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const writer = open({ logger: { ...silentLogger, warn: say, log: say } });
    const stored = writer.store(row('a'));
    await turn();
    await fails(50);
    table.at(50).answer();
    await expect(stored).resolves.toBe('written');
    expect(said).toEqual([
      'Results cannot be stored just now: connect ECONNREFUSED. They wait, and are tried again.',
      'Results can be stored again; 1 waited.',
    ]);
  });

  it('gives up after maxRetries, with the reason', async () => {
    const stored = open({ retry: { ...DEFAULT_RETRY, maxRetries: 2 } }).store(row('a'));
    const failure = stored.catch((error: unknown) => error);
    await turn();
    await fails(3);
    expect(table.statements).toHaveLength(3);
    expect(await failure).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringContaining('in 3 attempts'),
    });
  });

  it('refuses more than may wait, and takes results again when it is back', async () => {
    const writer = open({ maxBufferedBytes: 2_000 });
    const stored = [writer.store(row('a')), writer.store(row('b', { result: 'x'.repeat(1_000) }))];
    await turn();
    await fails(3);
    await expect(writer.store(row('c'))).rejects.toThrow(/State SUCCESS of task c was not stored: 2 results .* wait/);
    table.at(table.statements.length - 1).answer();
    await Promise.all(stored);
    const later = writer.store(row('c'));
    await turn();
    table.at(table.statements.length - 1).answer();
    await expect(later).resolves.toBe('written');
  });

  it('closes after one more attempt, and rejects what could not be stored', async () => {
    const writer = open();
    const failure = writer.store(row('a')).catch((error: unknown) => error);
    await turn();
    table.at(0).refuse(away);
    await turn();
    const closed = writer.close();
    await turn();
    table.at(1).refuse(away);
    await closed;
    expect(await failure).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect(clock.pendingTimers).toBe(0);
  });
});

it('closes when everything is written', async () => {
  const writer = open();
  const stored = writer.store(row('a'));
  const closed = writer.close();
  await turn();
  table.at(0).answer();
  await closed;
  await expect(stored).resolves.toBe('written');
  await writer.close();
});
