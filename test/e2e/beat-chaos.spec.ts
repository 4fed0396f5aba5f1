import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amqp } from '@nestjs-celery/amqp';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { consume, durableQueue } from '../support/consume.js';
import { moment } from '../support/moment.js';
import { startNodeBeat } from '../support/node-beat.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { query } from '../support/query.js';
import { seeded } from '../support/seeded.js';
import { amqpUrl } from '../support/servers.js';

const STRESS = Boolean(process.env['STRESS']);
const CHAOS_MS = STRESS ? 120_000 : 20_000;
const SCHEDULES = 5;
/** What a killed leader may be missed, and the interval of the schedules. */
const LONGEST_GAP_MS = 15_000 + 1_000;

interface Run {
  name: string;
  due_at: Date;
  task_id: string;
  status: string;
}

/** Beats and a worker of one database and one queue, and everything that anybody noted. */
class Scene {
  readonly queue = ownQueue();
  readonly broker = amqp(amqpUrl())(adapterDeps());
  readonly ledger = join(mkdtempSync(join(tmpdir(), 'nestjs-celery-chaos-')), 'ledger');
  /** The id of every message, as often as it was sent. */
  readonly messages: string[] = [];
  kills = 0;

  constructor(readonly database: OwnDatabase) {}

  async open(): Promise<void> {
    writeFileSync(this.ledger, '');
    await this.broker.connect();
    await this.broker.declare(durableQueue(this.queue));
    await this.#spy();
  }

  startBeat(settings: Record<string, string> = {}): Promise<TestProcess> {
    return startNodeBeat({ entry: 'chaos-beat', databaseUrl: this.database.url, settings });
  }

  startWorker(): Promise<TestProcess> {
    const settings = { CHAOS_LEDGER: this.ledger };
    const databaseUrl = this.database.url;
    return startNodeWorker({ entry: 'chaos-worker', databaseUrl, queues: [this.queue], settings });
  }

  async addSchedules(count: number, every = 1): Promise<void> {
    await query(
      this.database.url,
      `INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES ($1, 'seconds')`,
      [every],
    );
    await query(
      this.database.url,
      `INSERT INTO django_celery_beat_periodictask
         (name, task, args, kwargs, exchange, routing_key, headers, one_off, enabled, total_run_count, date_changed, description, interval_id)
       SELECT 'tick ' || n, 'chaos.tick', '[]', '{}', $2, $2, '{}', false, true, 0, now(), '',
         (SELECT max(id) FROM django_celery_beat_intervalschedule)
       FROM generate_series(1, $1::int) AS n`,
      [count, this.queue],
    );
  }

  runs(): Promise<Run[]> {
    return query<Run>(
      this.database.url,
      'SELECT name, due_at, task_id, status FROM nestjs_celery_schedule_runs ORDER BY name, due_at',
    );
  }

  executed(): string[] {
    return readFileSync(this.ledger, 'utf8').split('\n').slice(0, -1);
  }

  /** The process that holds the lease. */
  async leader(): Promise<number | undefined> {
    const [row] = await query<{ owner: string | null }>(
      this.database.url,
      'SELECT owner FROM nestjs_celery_schedule_lease',
    );
    return row?.owner ? Number(row.owner.split(':')[1]) : undefined;
  }

  async close(): Promise<void> {
    await this.broker.close();
    rmSync(join(this.ledger, '..'), { recursive: true, force: true });
  }

  /** A copy of each message: two queues are bound to the exchange that the schedules name. */
  async #spy(): Promise<void> {
    const spy = ownQueue();
    await this.broker.declare({
      exchanges: [{ name: this.queue, type: 'direct', durable: true, autoDelete: false }],
      queues: [this.queue, spy].map((name) => ({ name, durable: true, exclusive: false, autoDelete: false })),
      bindings: [this.queue, spy].map((queue) => ({ queue, exchange: this.queue, routingKey: this.queue })),
    });
    const { deliveries } = await consume(this.broker, spy, { noAck: true });
    const { push } = deliveries;
    deliveries.push = (...arrived) => {
      this.messages.push(...arrived.map(({ message }) => String(message.headers['id'])));
      return push.apply(deliveries, arrived);
    };
  }
}

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
async function wreakHavoc(scene: Scene, beats: TestProcess[], seed: number): Promise<string[]> {
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

describe('Beats in trouble', () => {
  let scene: Scene;

  beforeEach(async () => {
    scene = new Scene(await createOwnDatabase());
    await scene.open();
  });

  afterEach(async () => {
    await scene.close();
    await scene.database.drop();
  });

  it(
    'fire each due time once, under one id, and miss no longer than a take-over, under SIGKILL, SIGSTOP and SIGCONT',
    async () => {
      const beats = [await scene.startBeat()];
      await scene.addSchedules(SCHEDULES);
      const worker = await scene.startWorker();
      beats.push(await scene.startBeat(), await scene.startBeat());
      await waitUntil('the first runs', async () => (await scene.runs()).length >= SCHEDULES);
      const deeds = await wreakHavoc(scene, beats, 4);
      const before = (await scene.runs()).length;
      await waitUntil('all go on', async () => (await scene.runs()).length >= before + 3 * SCHEDULES);
      await Promise.all(beats.map((beat) => beat.stop()));
      const runs = (await scene.runs()).filter(({ status }) => status === 'sent');
      const sent = new Set(runs.map(({ task_id }) => task_id));
      await waitUntil('all have run', () => [...sent].every((id) => scene.executed().includes(id)));
      await worker.stop();

      const repeats = [...counts(scene.messages).values()].map((count) => count - 1);
      const report = `${runs.length} runs, ${scene.kills} kills, ${repeats.reduce((a, b) => a + b, 0)} repeated messages, longest gap ${longestGap(runs)} ms: ${deeds.join(', ')}`;
      console.log(report);
      expect(new Set(runs.map(({ name, due_at }) => `${name} ${due_at.getTime()}`)).size).toBe(sent.size);
      expect(scene.messages.filter((id) => !sent.has(id))).toEqual([]);
      expect(repeats).toHaveLength(sent.size);
      expect(Math.max(...repeats)).toBeLessThanOrEqual(scene.kills);
      expect([...counts(scene.executed())].filter(([, count]) => count > 1)).toEqual([]);
      expect(longestGap(runs)).toBeLessThanOrEqual(LONGEST_GAP_MS);
    },
    CHAOS_MS + 120_000,
  );

  it.each([
    ['after-claim', 'claimed, and not sent', 1],
    ['before-mark', 'sent, and not marked', 2],
    ['after-mark', 'marked', 1],
  ] as const)('send nothing twice under two ids when killed %s: %s', async (point, _, messages) => {
    const worker = await scene.startWorker();
    const doomed = await scene.startBeat({ BEAT_FAULT: point });
    await scene.addSchedules(1, 3);
    expect(await doomed.exit).toMatchObject({ signal: 'SIGKILL' });
    const [claimed] = await scene.runs();
    const heir = await scene.startBeat();
    await waitUntil(
      'the next run',
      async () => (await scene.runs()).filter(({ status }) => status === 'sent').length >= 2,
    );
    await heir.stop();
    const runs = await scene.runs();
    await waitUntil('all have run', () => runs.every(({ task_id }) => scene.executed().includes(task_id)));
    await worker.stop();
    expect(runs[0]).toMatchObject({ task_id: claimed?.task_id, status: 'sent' });
    expect(scene.messages.filter((id) => id === claimed?.task_id)).toHaveLength(messages);
    expect(scene.executed().filter((id) => id === claimed?.task_id)).toHaveLength(1);
    expect(longestGap(runs)).toBeLessThanOrEqual(LONGEST_GAP_MS);
  });

  it('have a successor within two seconds of a clean stop', async () => {
    const first = await scene.startBeat();
    const second = await scene.startBeat();
    await second.waitForLog('Standing by');
    await scene.addSchedules(1);
    await first.waitForLog('Sending due task');
    expect(await first.stop()).toMatchObject({ code: 0 });
    await second.waitForLog('Sending due task', 5_000);
    await second.stop();
    expect(longestGap((await scene.runs()).filter(({ status }) => status === 'sent'))).toBeLessThanOrEqual(3_000);
  });
});
