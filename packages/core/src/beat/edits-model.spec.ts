import * as fc from 'fast-check';
import { silentLogger } from '../contracts/logger.js';
import { MemoryScheduleDatabase } from '../memory/memory-schedule-database.js';
import { BeatScene } from '../testing/beat-scene.js';
import { FakeClock } from '../testing/fake-clock.js';
import { DatabaseScheduleStore } from './database-schedule-store.js';

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
const jump = fc.record({ kind: fc.constant('jump' as const), seconds: fc.integer({ min: -20, max: 20 }) });

type ValueOf<A> = A extends fc.Arbitrary<infer Value> ? Value : never;
type Edit = ValueOf<typeof edit>;
type Jump = ValueOf<typeof jump>;

let databases = 0;

/** A beat on a database in memory, edited as the steps say. */
async function play(steps: readonly (Edit | Jump)[], onStep: (step: Edit | Jump, now: number) => void) {
  const clock = new FakeClock(new Date(START));
  const database = new MemoryScheduleDatabase(`memory://edits-model-${++databases}`, { clock });
  const config = { timezone: 'UTC' };
  const store = new DatabaseScheduleStore({ database, definitions: [], config, clock, logger: silentLogger });
  const scene = new BeatScene({}, { clock, store });
  await scene.beat.start();
  for (const step of steps) {
    onStep(step, clock.now().getTime());
    if (step.kind === 'wait') await clock.advance(step.seconds * 1000);
    else if (step.kind === 'jump') clock.stepWall(step.seconds * 1000);
    else await apply(database, step);
    await clock.advance(0);
  }
  const histories = await Promise.all(NAMES.map((one) => database.runs.history(one, 10_000)));
  await scene.beat.stop();
  await database.close();
  return { scene, runs: histories.flat() };
}

async function apply({ tasks }: MemoryScheduleDatabase, step: Exclude<Edit, { kind: 'wait' }>): Promise<void> {
  const [row] = await tasks.find({ names: [step.name] });
  if (step.kind === 'every') {
    const schedules = [{ kind: 'interval', every: step.seconds, period: 'seconds' } as const];
    if (row) await tasks.update(row.id, { schedules });
    else await tasks.insert({ name: step.name, task: 't', schedules });
  } else if (row && step.kind === 'delete') await tasks.remove(row.id);
  else if (row) await tasks.update(row.id, { enabled: step.kind === 'enable' });
}

/** What should be sent when, by the simplest of models: every entry counts from when it was made, enabled, or given another interval. */
class Model {
  readonly expected: string[] = [];
  readonly #entries = new Map<string, { every: number; enabled: boolean; base: number }>();

  step(step: Edit | Jump, now: number): void {
    if (step.kind === 'jump') return;
    if (step.kind === 'wait') return this.#wait(now, now + step.seconds * 1000);
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

  #wait(from: number, to: number): void {
    for (const [one, entry] of this.#entries) {
      for (; entry.enabled && entry.base + entry.every * 1000 <= to; this.expected.push(`${one} ${entry.base}`)) {
        entry.base += entry.every * 1000;
      }
    }
  }
}

/** Every entry runs every three seconds, until the wall clock is past every time that it ever showed. */
function settling(steps: readonly (Edit | Jump)[]): Edit[] {
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
      { numRuns: process.env.STRESS ? 2_000 : 60 },
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
          expect(scene.sent.filter((run) => run.name === one && run.at > end - 10_000).length).toBeGreaterThan(0);
        }
      }),
      { numRuns: process.env.STRESS ? 2_000 : 60 },
    );
  });
});
