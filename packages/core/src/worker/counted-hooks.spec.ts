import type { JobHooks, TaskRun } from '../contracts/pool.js';
import { countedHooks } from './counted-hooks.js';
import type { Qos } from './qos.js';

const run: TaskRun = { cancel: () => {}, conclude: undefined };

function setUp(accepts: boolean, isWanted?: boolean) {
  const events: string[] = [];
  let told = () => {};
  const qos = {
    occupy: () => {
      events.push('occupy');
      return new Promise<void>((resolve) => (told = resolve));
    },
    vacate: () => void events.push('vacate'),
  } as unknown as Qos;
  const hooks: JobHooks = {
    onAccepted: () => {
      events.push('accepted');
      return accepts;
    },
    ...(isWanted !== undefined && { isStillWanted: () => isWanted }),
    settle: async () => void events.push('settled'),
  };
  return { events, counted: countedHooks(hooks, qos), tell: () => told() };
}

describe('countedHooks', () => {
  it('acknowledge nothing before the broker knows that the slot is taken, and free it when the task is settled', async () => {
    const { events, counted, tell } = setUp(true);
    const accepted = counted.onAccepted(1, run);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual(['occupy']);
    tell();
    expect(await accepted).toBe(true);
    await counted.settle({ kind: 'ignore' }, run);
    expect(events).toEqual(['occupy', 'accepted', 'settled', 'vacate']);
  });

  it('free the slot of a task that is not wanted any more before it begins in another child', async () => {
    const { events, counted } = setUp(true);
    expect(await counted.isStillWanted?.(run)).toBe(true);
    expect(events).toEqual([]);
    const unwanted = setUp(true, false);
    expect(await unwanted.counted.isStillWanted?.(run)).toBe(false);
    expect(unwanted.events).toEqual(['vacate']);
  });

  it('free the slot of a task that does not begin', async () => {
    const { events, counted, tell } = setUp(false);
    const accepted = counted.onAccepted(1, run);
    tell();
    expect(await accepted).toBe(false);
    expect(events).toEqual(['occupy', 'accepted', 'vacate']);
  });
});
