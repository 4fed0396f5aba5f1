import * as fc from 'fast-check';
import { silentLogger } from '../contracts/logger.js';
import { MemoryScheduleDatabase } from '../memory/memory-schedule-database.js';
import { BeatScene } from '../testing/beat-scene.js';
import { FakeClock } from '../testing/fake-clock.js';
import { DatabaseScheduleStore } from './database-schedule-store.js';
import type { SendEntry } from './run-sender.js';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const NAMES = ['a', 'b', 'c', 'd'];

const name = fc.constantFrom(...NAMES);
const seconds = fc.integer({ min: 1, max: 7 });
const edit = fc.oneof(
  fc.record({ kind: fc.constant('every' as const), name, seconds }),
  fc.record({ kind: fc.constant('disable' as const), name }),
  fc.record({ kind: fc.constant('enable' as const), name }),
  fc.record({ kind: fc.constant('delete' as const), name }),
  fc.record({ kind: fc.constant('wait' as const), seconds }),
);
const trouble = fc.oneof(
  fc.record({ kind: fc.constant('rename' as const), name, to: name }),
  fc.record({ kind: fc.constant('recreate' as const), name, seconds }),
  fc.record({ kind: fc.constant('moment' as const), ms: fc.integer({ min: 1, max: 400 }) }),
);
const jump = fc.record({ kind: fc.constant('jump' as const), seconds: fc.integer({ min: -20, max: 20 }) });

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;
type Edit = ValueOf<typeof edit>;
type Jump = ValueOf<typeof jump>;
type Trouble = ValueOf<typeof trouble>;
type Step = Edit | Jump | Trouble;

/** Where time is lost, in milliseconds, and which publishes fail before the last step: each third, say; 0 = none. */
interface Latency {
  readonly claim: number;
  readonly send: number;
  readonly settle: number;
  readonly failing: number;
}

/** What the broker has. */
interface Delivery {
  readonly task: string;
  readonly taskId: string;
}

let databases = 0;

/** A beat on a database in memory, edited as the steps say. The task of each row is its own, whatever names it has. */
async function play(steps: readonly Step[], onStep: (step: Step, now: number) => void, latency?: Latency) {
  const clock = new FakeClock(new Date(START));
  const database = new MemoryScheduleDatabase(`memory://edits-model-${++databases}`, { clock });
  const config = { timezone: 'UTC' };
  const store = new DatabaseScheduleStore({ database, definitions: [], config, clock, logger: silentLogger });
  if (latency) slowDown(store, clock, latency);
  const delivered: Delivery[] = [];
  let attempts = 0;
  let isLast = false;
  const send: SendEntry = async ({ task }, taskId) => {
    if (latency) await clock.sleep(latency.send);
    if (latency?.failing && !isLast && ++attempts % latency.failing === 0) throw new Error('the broker is away');
    delivered.push({ task, taskId });
  };
  const scene = new BeatScene({}, { clock, store, send });
  await scene.beat.start();
  for (const step of steps) {
    onStep(step, clock.now().getTime());
    isLast = step === steps.at(-1);
    if (step.kind === 'wait') await clock.advance(step.seconds * 1000);
    else if (step.kind === 'moment') await clock.advance(step.ms);
    else if (step.kind === 'jump') clock.stepWall(step.seconds * 1000);
    else await apply(database, step);
    await clock.advance(0);
  }
  const stopping = scene.beat.stop();
  await clock.advance(10_000);
  await stopping;
  const histories = await Promise.all(NAMES.map((one) => database.runs.history(one, 10_000)));
  await database.close();
  return { scene, delivered, runs: histories.flat() };
}

function slowDown(store: DatabaseScheduleStore, clock: FakeClock, { claim, settle }: Latency): void {
  const [claimNow, settleNow] = [store.claim.bind(store), store.settle.bind(store)];
  store.claim = async (...args) => {
    const claims = await claimNow(...args);
    await clock.sleep(claim);
    return claims;
  };
  store.settle = async (runs) => {
    await clock.sleep(settle);
    await settleNow(runs);
  };
}

let rows = 0;

type RowStep = Exclude<Step, { kind: 'wait' | 'jump' | 'moment' }>;

async function apply({ tasks }: MemoryScheduleDatabase, step: RowStep): Promise<void> {
  const [row] = await tasks.find({ names: [step.name] });
  if (step.kind === 'recreate' && row) await tasks.remove(row.id);
  if (step.kind === 'every' || step.kind === 'recreate') {
    const schedules = [{ kind: 'interval', every: step.seconds, period: 'seconds' } as const];
    if (row && step.kind === 'every') await tasks.update(row.id, { schedules });
    else await tasks.insert({ name: step.name, task: `row ${++rows}`, schedules });
  } else if (!row) return;
  else if (step.kind === 'delete') await tasks.remove(row.id);
  else if (step.kind !== 'rename') await tasks.update(row.id, { enabled: step.kind === 'enable' });
  else if ((await tasks.find({ names: [step.to] })).length === 0) await tasks.update(row.id, { name: step.to });
}

/** What should be sent when, by the simplest of models: every entry counts from when it was made, enabled, or given another interval. */
class Model {
  readonly expected: string[] = [];
  readonly #entries = new Map<string, { every: number; enabled: boolean; base: number }>();

  step(step: Step, now: number): void {
    if (step.kind === 'jump' || step.kind === 'moment' || step.kind === 'rename' || step.kind === 'recreate') return;
    if (step.kind === 'wait') return this.#waitUntil(now + step.seconds * 1000);
    const entry = this.#entries.get(step.name);
    if (step.kind === 'every') {
      const isSame = entry?.every === step.seconds;
      this.#entries.set(step.name, {
        every: step.seconds,
        enabled: entry?.enabled ?? true,
        base: entry && isSame ? entry.base : now,
      });
    } else if (step.kind === 'delete') this.#entries.delete(step.name);
    else if (entry && step.kind === 'disable') entry.enabled = false;
    else if (entry && !entry.enabled) Object.assign(entry, { enabled: true, base: now });
  }

  #waitUntil(to: number): void {
    for (const [one, entry] of this.#entries) {
      for (; entry.enabled && entry.base + entry.every * 1000 <= to; this.expected.push(`${one} ${entry.base}`)) {
        entry.base += entry.every * 1000;
      }
    }
  }
}

/** Every entry runs every three seconds, until the wall clock is past every time that it ever showed. */
function settling(steps: readonly Step[]): Edit[] {
  const back = steps.map((step) => (step.kind === 'jump' ? Math.max(0, -step.seconds) : 0));
  const edits = NAMES.flatMap((one): Edit[] => [
    { kind: 'every', name: one, seconds: 3 },
    { kind: 'enable', name: one },
  ]);
  return [...edits, { kind: 'wait', seconds: 30 + back.reduce((sum, one) => sum + one, 0) }];
}

describe('Beat under edits', () => {
  it('loses none, sends nothing twice and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 5, maxLength: 40 }), async (steps) => {
        const model = new Model();
        const { scene, runs } = await play(steps, (step, now) => model.step(step, now));
        expect(runs.map((run) => `${run.name} ${run.dueAt.getTime()}`).toSorted()).toEqual(model.expected.toSorted());
        expect(runs.every(({ status }) => status === 'sent')).toBe(true);
        const times = scene.sent.map(({ at }) => at);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
      { numRuns: process.env.STRESS ? 2_000 : 40 },
    );
  });

  it('claims no due time twice and starves nobody when the clock jumps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(edit, edit, jump), { minLength: 5, maxLength: 40 }), async (steps) => {
        const { scene, runs } = await play([...steps, ...settling(steps)], () => {});
        const ids = runs.map(({ taskId }) => taskId);
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(scene.sent.map(({ taskId }) => taskId)).size).toBe(scene.sent.length);
        const end = scene.clock.monotonic();
        for (const one of NAMES) {
          expect(scene.sent.filter((run) => run.name === one && run.at > end - 25_000).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: process.env.STRESS ? 2_000 : 40 },
    );
  });

  it('sends no due time of a row twice while it is edited, renamed and made anew in the midst of its runs', async () => {
    const ms = fc.integer({ min: 0, max: 1_500 });
    const latency = fc.record({ claim: ms, send: ms, settle: ms, failing: fc.constantFrom(0, 2, 3, 5) });
    const steps = fc.array(fc.oneof(edit, trouble, trouble), { minLength: 5, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, latency, async (all, slow) => {
        const { scene, runs, delivered } = await play([...all, ...settling(all)], () => {}, slow);
        const dueAt = new Map(runs.map((run) => [run.taskId, run.dueAt.getTime()]));
        const ids = delivered.map(({ taskId }) => taskId);
        expect(new Set(ids).size).toBe(ids.length);
        const times = delivered.map(({ task, taskId }) => `${task} at ${dueAt.get(taskId)}`);
        expect(times.filter((time, index) => times.indexOf(time) !== index)).toEqual([]);
        expect(runs.filter(({ status }) => status === 'claimed')).toEqual([]);
        const end = scene.clock.monotonic();
        for (const one of NAMES) {
          expect(scene.sent.filter((run) => run.name === one && run.at > end - 25_000).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: process.env.STRESS ? 5_000 : 150 },
    );
  });
});
