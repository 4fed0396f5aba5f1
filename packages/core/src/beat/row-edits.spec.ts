import { silentLogger } from '../contracts/logger.js';
import type { ScheduleEdit } from '../contracts/periodic-tasks.js';
import { FakeClock } from '../testing/fake-clock.js';
import { RowEdits } from './row-edits.js';

/** Edits that are taken over when they are let, and what was taken. */
function taking() {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const taken: ScheduleEdit[] = [];
  const ends: { done: () => void; fail: (error: Error) => void }[] = [];
  const take = (edit: ScheduleEdit) => {
    taken.push(edit);
    return new Promise<void>((done, fail) => ends.push({ done, fail }));
  };
  const silent = () => {};
  const logger = { debug: silent, log: silent, error: silent, warn: (line: string) => void warnings.push(line) };
  const edits = new RowEdits({ take, clock, logger });
  edits.release();
  const done = async () => {
    ends.shift()?.done();
    await clock.advance(0);
  };
  const fail = async (message: string) => {
    ends.shift()?.fail(new Error(message));
    await clock.advance(0);
  };
  return { edits, clock, warnings, taken, done, fail };
}

describe('RowEdits', () => {
  it('takes one at a time, and together what comes meanwhile', async () => {
    const { edits, taken, done } = taking();
    edits.add({ ids: [1] });
    edits.add({ ids: [2, 3] });
    edits.add({ ids: [3, 4] });
    expect(taken).toEqual([{ ids: [1] }]);
    await done();
    expect(taken).toEqual([{ ids: [1] }, { ids: [2, 3, 4] }]);
    await done();
    edits.add({ ids: [1] });
    expect(taken).toHaveLength(3);
  });

  it('takes all when it is told so, whatever else there is', async () => {
    const { edits, taken, done } = taking();
    edits.add({ ids: [1] });
    edits.add({ ids: [2] });
    edits.add('all');
    await done();
    expect(taken).toEqual([{ ids: [1] }, 'all']);
    await done();
    expect(taken).toHaveLength(2);
  });

  it('takes again after a second what could not be read, and with it what came meanwhile', async () => {
    const { edits, clock, taken, done, fail, warnings } = taking();
    edits.add({ ids: [1, 2] });
    edits.add({ ids: [3] });
    await fail('the database is away');
    expect(warnings).toEqual(['beat: an edit of the schedule could not be read, trying again: the database is away']);
    await clock.advance(999);
    expect(taken).toHaveLength(1);
    await clock.advance(1);
    expect(taken[1]).toEqual({ ids: [3, 1, 2] });
    await fail('still');
    edits.add('all');
    await clock.advance(1000);
    expect(taken[2]).toBe('all');
    await fail('still');
    await clock.advance(1000);
    expect(taken[3]).toBe('all');
    await done();
    expect(taken).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes what comes in the very turn in which it would end', async () => {
    for (let turns = 0; turns < 8; turns++) {
      const taken: ScheduleEdit[] = [];
      const silent = () => {};
      const logger = { debug: silent, log: silent, warn: silent, error: silent };
      const clock = new FakeClock();
      const edits = new RowEdits({ take: async (edit) => void taken.push(edit), clock, logger });
      edits.release();
      edits.add({ ids: [1] });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      edits.add({ ids: [2] });
      await clock.advance(0);
      expect(taken.flatMap((edit) => (edit === 'all' ? [] : edit.ids))).toEqual([1, 2]);
    }
  });

  it('takes nothing before it is released, and then all that came', async () => {
    const taken: ScheduleEdit[] = [];
    const take = async (edit: ScheduleEdit) => void taken.push(edit);
    const clock = new FakeClock();
    const edits = new RowEdits({ take, clock, logger: silentLogger });
    edits.add({ ids: [1] });
    edits.add({ ids: [2] });
    await clock.advance(10_000);
    expect(taken).toEqual([]);
    edits.release();
    expect(taken).toEqual([{ ids: [1, 2] }]);
  });

  it('has ended what it takes when it has stopped, and takes nothing more', async () => {
    const { edits, taken, done, clock } = taking();
    edits.add({ ids: [1] });
    edits.add({ ids: [2] });
    let stopped = false;
    const stopping = edits.stop().then(() => (stopped = true));
    await clock.advance(0);
    expect(stopped).toBe(false);
    await done();
    await stopping;
    edits.add({ ids: [3] });
    await edits.stop();
    expect(taken).toEqual([{ ids: [1] }]);
  });

  it('says nothing of what fails while it stops', async () => {
    const { edits, fail, warnings, clock } = taking();
    edits.add({ ids: [1] });
    const stopping = edits.stop();
    await fail('the connection was closed');
    await stopping;
    expect(warnings).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not wait for its next attempt when it is stopped', async () => {
    const { edits, fail, clock } = taking();
    edits.add({ ids: [1] });
    await fail('away');
    await edits.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
