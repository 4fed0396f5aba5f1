import { BackendStoreError, BackendUnavailable } from '../errors/backend-errors.js';
import type { SettledRun } from '../contracts/periodic-tasks.js';
import { FakeClock } from '../testing/fake-clock.js';
import { Settlements } from './settlements.js';

const run = (index: number): SettledRun => ({
  name: `entry${index}`,
  dueAt: new Date(index),
  taskId: `id${index}`,
  status: 'sent',
  at: new Date(index),
});

function settling(settle: (runs: readonly SettledRun[]) => Promise<void> = async () => {}) {
  const clock = new FakeClock();
  const log: string[] = [];
  const note = (line: string) => log.push(line);
  const batches: number[] = [];
  const store = {
    settle: async (runs: readonly SettledRun[]) => {
      await settle(runs);
      batches.push(runs.length);
    },
  };
  const logger = { debug: note, log: note, warn: note, error: note };
  return { settlements: new Settlements({ store, clock, logger }), clock, log, batches };
}

describe('Settlements', () => {
  it('marks together what comes together, a thousand at most', async () => {
    const { settlements, batches } = settling();
    for (let index = 0; index < 2_500; index++) settlements.add(run(index));
    await settlements.close();
    expect(batches).toEqual([1000, 1000, 500]);
  });

  it('drops nothing while the store is away, and complains once', async () => {
    let failures = 3;
    const { settlements, clock, log, batches } = settling(async () => {
      if (failures-- > 0) throw new Error('down');
    });
    settlements.add(run(1));
    await clock.advance(1_500);
    settlements.add(run(2));
    await clock.advance(2_000);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(2);
    expect(log).toEqual(['beat: 1 runs cannot be marked, trying again: down']);
    await settlements.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up a run that the store refuses by itself, and marks all others', async () => {
    const { settlements, log, batches } = settling(async (runs) => {
      if (runs.some(({ name }) => name === 'entry7')) throw new BackendStoreError('a date that no table takes');
    });
    for (let index = 0; index < 20; index++) settlements.add(run(index));
    await settlements.idle();
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(19);
    expect(log).toEqual(['beat: the run of entry7 cannot be marked and is given up: a date that no table takes']);
  });

  it('marks the others while one cannot be marked, say because its row is locked', async () => {
    let isLocked = true;
    const { settlements, clock, batches } = settling(async (runs) => {
      if (isLocked && runs.some(({ name }) => name === 'entry7')) throw new BackendUnavailable('lock timeout');
    });
    for (let index = 0; index < 20; index++) settlements.add(run(index));
    await clock.advance(30_000);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(19);
    isLocked = false;
    await clock.advance(1_000);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(20);
    await settlements.close();
  });

  it('does not wait for a store that is away when it is closed', async () => {
    const { settlements, clock } = settling(async () => {
      throw new Error('down');
    });
    settlements.add(run(1));
    await clock.advance(500);
    await settlements.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('marks again after it was closed: a beat may be started once more', async () => {
    const { settlements, batches } = settling();
    settlements.add(run(1));
    await settlements.close();
    settlements.add(run(2));
    await settlements.close();
    expect(batches).toEqual([1, 1]);
  });
});
