import { waitUntil } from '@nestjs-celery/core/testing';
import { ChaosScene } from '../support/chaos-scene.js';
import type { Run } from '../support/chaos-scene.js';
import { moment } from '../support/moment.js';
import type { TestProcess } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

const STRESS = Boolean(process.env['STRESS']);
const CHAOS_MS = STRESS ? 120_000 : 20_000;
const SCHEDULES = 5;
/** What a killed leader may be missed, and the interval of the schedules. */
const LONGEST_GAP_MS = 15_000 + 1_000;

/** How often each text comes. */
function counts(texts: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1);
  return found;
}

/** The longest time between two runs of one schedule. */
function longestGap(runs: readonly Run[]): number {
  return runs.reduce((longest, run, index) => {
    const before = runs[index - 1];
    const gap = before?.name === run.name ? run.due_at.getTime() - before.due_at.getTime() : 0;
    return Math.max(longest, gap);
  }, 0);
}

/** Kills, freezes and thaws beats at random, the leader more often than not; a killed one is started again. */
async function wreakHavoc(scene: ChaosScene, beats: TestProcess[], seed: number): Promise<string[]> {
  const random = seeded(seed);
  const deeds: string[] = [];
  const until = performance.now() + CHAOS_MS;
  while (performance.now() < until) {
    await moment(1_000 + random() * 2_000);
    const leader = await scene.leader();
    const led = beats.findIndex(({ pid }) => pid === leader);
    const victim = led >= 0 && random() < 0.7 ? led : Math.floor(random() * beats.length);
    const beat = beats[victim] as TestProcess;
    const what = victim === led ? 'the leader' : 'another';
    if (random() < 0.5) {
      deeds.push(`killed ${what}`);
      scene.kills += 1;
      await beat.kill();
      beats[victim] = await scene.startBeat();
    } else {
      const ms = Math.round(500 + random() * 13_000);
      deeds.push(`froze ${what} for ${ms} ms`);
      beat.signal('SIGSTOP');
      await moment(ms);
      beat.signal('SIGCONT');
    }
  }
  return deeds;
}

/** A beat is killed at a point of its first run; another takes its place. */
async function killAt(scene: ChaosScene, point: string) {
  const worker = await scene.startWorker();
  const doomed = await scene.startBeat({ BEAT_FAULT: point });
  await scene.addSchedules(1, 3);
  const exit = await doomed.exit;
  const [claimed] = await scene.runs();
  const heir = await scene.startBeat();
  await waitUntil('the next run', async () => (await scene.sent()).length >= 2);
  await heir.stop();
  const runs = await scene.runs();
  await waitUntil('all have run', () => runs.every(({ task_id }) => scene.executed().includes(task_id)));
  await worker.stop();
  const isIt = (id: string) => id === claimed?.task_id;
  return {
    exit: exit.signal,
    first: runs[0]?.task_id === claimed?.task_id && runs[0]?.status,
    messages: scene.messages.filter(isIt).length,
    executed: scene.executed().filter(isIt).length,
    gapIsShort: longestGap(runs) <= LONGEST_GAP_MS,
  };
}

describe('Beats in trouble', () => {
  const scenes: ChaosScene[] = [];

  async function openScene(): Promise<ChaosScene> {
    const scene = await ChaosScene.open();
    scenes.push(scene);
    return scene;
  }

  afterEach(async () => {
    await Promise.all(scenes.splice(0).map((scene) => scene.close()));
  });

  it(
    'fire each due time once, under one id, and miss no longer than a take-over, under SIGKILL, SIGSTOP and SIGCONT',
    async () => {
      const scene = await openScene();
      const beats = [await scene.startBeat()];
      await scene.addSchedules(SCHEDULES);
      const worker = await scene.startWorker();
      beats.push(await scene.startBeat(), await scene.startBeat());
      await waitUntil('the first runs', async () => (await scene.sent()).length >= SCHEDULES);
      const deeds = await wreakHavoc(scene, beats, 4);
      const before = (await scene.sent()).length;
      await waitUntil('all go on', async () => (await scene.sent()).length >= before + 3 * SCHEDULES);
      await Promise.all(beats.map((beat) => beat.stop()));
      const runs = await scene.sent();
      const ids = new Set(runs.map(({ task_id }) => task_id));
      await waitUntil('all have run', () => [...ids].every((id) => scene.executed().includes(id)));
      await worker.stop();

      const repeats = [...counts(scene.messages).values()].map((count) => count - 1);
      const repeated = repeats.reduce((sum, count) => sum + count, 0);
      const gap = longestGap(runs);
      if (STRESS) console.log(`${runs.length} runs, ${repeated} repeats, longest gap ${gap} ms: ${deeds.join(', ')}`);
      expect(ids.size).toBe(new Set(runs.map(({ name, due_at }) => `${name} ${due_at.getTime()}`)).size);
      expect(scene.messages.filter((id) => !ids.has(id))).toEqual([]);
      expect(repeats).toHaveLength(ids.size);
      expect(Math.max(...repeats)).toBeLessThanOrEqual(scene.kills);
      expect([...counts(scene.executed())].filter(([, count]) => count > 1)).toEqual([]);
      expect(gap).toBeLessThanOrEqual(LONGEST_GAP_MS);
    },
    CHAOS_MS + 120_000,
  );

  it('send nothing under two ids when killed between claim, publish and mark, and our worker runs it once', async () => {
    const kill = async (point: string) => killAt(await openScene(), point);
    const once = { exit: 'SIGKILL', first: 'sent', messages: 1, executed: 1, gapIsShort: true };
    const points = ['after-claim', 'before-mark', 'after-mark'];
    expect(await Promise.all(points.map(kill))).toEqual([once, { ...once, messages: 2 }, once]);
  }, 120_000);

  it('have a successor within two seconds of a clean stop', async () => {
    const scene = await openScene();
    const first = await scene.startBeat();
    const second = await scene.startBeat();
    await second.waitForLog('Standing by');
    await scene.addSchedules(1);
    await first.waitForLog('Sending due task');
    expect(await first.stop()).toMatchObject({ code: 0 });
    await second.waitForLog('Sending due task');
    await second.stop();
    expect(longestGap(await scene.sent())).toBeLessThanOrEqual(3_000);
  });
});
