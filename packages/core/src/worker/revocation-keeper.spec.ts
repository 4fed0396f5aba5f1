import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RevocationStore } from '../contracts/side-stores.js';
import { BackendUnavailable } from '../errors/backend-errors.js';
import { MemoryWorkers } from '../testing/memory-worker.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RevocationKeeper } from './revocation-keeper.js';
import { Revocations } from './revocations.js';
import { StateFile } from './state-file.js';
import { WorkerLog } from './worker-log.js';

const memory = new MemoryWorkers('revocation-keeper');
const limits = { max: 10, expires: 100 };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'revocation-keeper-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** A table that is there, or not. */
class Table implements RevocationStore {
  readonly rows = new Map<string, Date>();
  failure: Error | undefined;

  async add(taskIds: readonly string[], until: Date): Promise<void> {
    if (this.failure) throw this.failure;
    for (const id of taskIds) this.rows.set(id, until);
  }

  async load(now: Date, limit: number): Promise<string[]> {
    if (this.failure) throw this.failure;
    return [...this.rows]
      .filter(([, until]) => until > now)
      .slice(0, limit)
      .map(([id]) => id);
  }
}

function make({ table, withFile = true }: { table?: Table; withFile?: boolean } = {}) {
  const clock = new FakeClock();
  const app = memory.app({}, { clock });
  if (app.backend) Object.defineProperty(app.backend, 'revocations', { value: table });
  const log = new WorkerLog(app.logger, 'INFO');
  const revocations = new Revocations(clock, limits);
  const file = withFile ? new StateFile(join(folder, 'worker.state'), log) : undefined;
  return { clock, app, revocations, keeper: new RevocationKeeper({ app, revocations, limits, file, log }) };
}

describe('RevocationKeeper', () => {
  it('keeps ids and the logical clock in the file, from one life to the next', async () => {
    const first = make();
    await first.keeper.start();
    first.app.logicalClock.adjust(41);
    await first.keeper.add(['a', 'b']);
    const second = make();
    await second.keeper.start();
    expect(['a', 'b', 'c'].map((id) => second.revocations.has(id))).toEqual([true, true, false]);
    expect(second.app.logicalClock.value).toBeGreaterThan(41);
  });

  it('writes the file once more at the end', async () => {
    const { app, keeper } = make();
    await keeper.start();
    app.logicalClock.adjust(99);
    await keeper.stop();
    await keeper.stop();
    expect(JSON.parse(await readFile(join(folder, 'worker.state'), 'utf8'))).toMatchObject({ clock: 100 });
  });

  it('has written the last change when many come at a time', async () => {
    const { keeper } = make();
    await keeper.start();
    await Promise.all(Array.from({ length: 10 }, (_, n) => keeper.add([`id-${n}`])));
    const { revoked } = JSON.parse(await readFile(join(folder, 'worker.state'), 'utf8')) as { revoked: unknown[] };
    expect(revoked).toHaveLength(10);
  });

  it('writes no file when none was asked for, or it was never started', async () => {
    await make().keeper.stop();
    const { keeper } = make({ withFile: false });
    await keeper.start();
    await keeper.add(['a']);
    await keeper.stop();
    await expect(readFile(join(folder, 'worker.state'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses to start with a file that cannot be written', async () => {
    const { app, revocations } = make();
    const log = new WorkerLog(app.logger, 'INFO');
    const keeper = new RevocationKeeper({ app, revocations, limits, file: new StateFile(folder, log), log });
    await expect(keeper.start()).rejects.toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
  });

  it('writes to the table for as long as ids count, and takes over what others have written', async () => {
    const table = new Table();
    const one = make({ table, withFile: false });
    const other = make({ table, withFile: false });
    await one.keeper.add(['a']);
    expect(table.rows.get('a')).toEqual(new Date(one.clock.now().getTime() + 100_000));
    await other.keeper.refresh();
    expect(other.revocations.has('a')).toBe(true);
  });

  it('revokes although the table cannot be had, and says so', async () => {
    const table = new Table();
    const { keeper, revocations } = make({ table });
    table.failure = new BackendUnavailable('The database is away.');
    await keeper.add(['a']);
    await keeper.refresh();
    expect(revocations.has('a')).toBe(true);
    expect(memory.lines.filter((line) => line.includes('The database is away'))).toHaveLength(2);
  });

  it('does not wait long for a table that does not answer, and takes it over when it does', async () => {
    const table = new Table();
    let answer: (ids: string[]) => void = () => {};
    table.load = () => new Promise((resolve) => (answer = resolve));
    const { clock, keeper, revocations } = make({ table });
    const refreshed = keeper.refresh();
    await clock.advance(5000);
    await refreshed;
    answer(['late']);
    await clock.advance(0);
    expect(revocations.has('late')).toBe(true);
  });
});
