import type { AsyncResult, CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Ledger } from '../support/ledger.js';
import { moment } from '../support/moment.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

const KILLS = process.env['STRESS'] ? 30 : 5;
const CHILDREN = 2;
const TASKS_PER_KILL = 12;
const LONGEST_TASK_MS = 120;
const KINDS = ['guarded', 'late', 'early'] as const;

interface Sent {
  readonly label: string;
  readonly result: AsyncResult<string>;
}

/** One worker with children, of which one after another is killed at the times of a seed, in the midst of a task. */
class Massacre {
  readonly queue = ownQueue();
  readonly ledger = new Ledger();
  readonly sent: Sent[] = [];
  readonly killed = new Set<number>();

  constructor(private readonly app: CeleryApp) {}

  async run(databaseUrl: string): Promise<void> {
    const flags = ['-P', 'process', '-c', String(CHILDREN)];
    // a task that is hit again and again is no poison
    const settings = { ...this.ledger.env, CELERY_WORKER_LOST_LIMIT: 'null' };
    const options = { entry: 'faults-worker', databaseUrl, queues: [this.queue], settings, flags };
    const worker = await startNodeWorker(options);
    const random = seeded(1);
    for (let kill = 1; kill <= KILLS; kill++) {
      await this.#send(random);
      await moment(random() * LONGEST_TASK_MS);
      await this.#killOne(random);
    }
    await Promise.all(this.sent.map(({ result }) => result.get({ timeout: 60, propagate: false })));
    await this.#end(worker);
  }

  /** The labels of the tasks that are FAILURE, and what they failed with. */
  async failures(): Promise<Map<string, unknown>> {
    const failed = new Map<string, unknown>();
    for (const { label, result } of this.sent) {
      if (await result.failed()) failed.set(label, await result.result());
    }
    return failed;
  }

  async #send(random: () => number): Promise<void> {
    const labels = Array.from(
      { length: TASKS_PER_KILL },
      (_, index) => `${KINDS[index % KINDS.length]}-${this.sent.length + index}`,
    );
    const calls = labels.map(async (label) => {
      this.ledger.sent(label);
      const args = [label, Math.ceil(random() * LONGEST_TASK_MS)];
      const result = await this.app.sendTask<string>(`faults.${label.split('-')[0]}`, args, { queue: this.queue });
      this.sent.push({ label, result });
    });
    await Promise.all(calls);
  }

  /** Killed in the midst of a task, as far as a look from outside can tell. */
  async #killOne(random: () => number): Promise<void> {
    const busy = await waitUntil('a child works', async () => {
      const pids = this.#busy();
      if (pids.length > 0) return pids;
      // a busy machine may have slept through all that was sent
      if (this.#allHaveBegun()) await this.#send(random);
      return undefined;
    });
    const victim = busy[Math.floor(random() * busy.length)];
    if (victim === undefined) throw new Error('There is no child to kill.');
    process.kill(victim, 'SIGKILL');
    this.killed.add(victim);
  }

  /** The children that have begun a task and not ended it. */
  #busy(): number[] {
    return this.ledger.runs().flatMap(({ pid, ended }) => (ended || this.killed.has(pid) ? [] : [pid]));
  }

  #allHaveBegun(): boolean {
    return new Set(this.ledger.runs().map(({ label }) => label)).size === this.sent.length;
  }

  async #end(worker: TestProcess): Promise<void> {
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(await depthOf(this.app, this.queue)).toBe(0);
  }
}

describe(`a worker whose children are killed by SIGKILL in the midst of a task, ${KILLS} times`, () => {
  let database: OwnDatabase;
  let app: CeleryApp;
  let massacre: Massacre;
  let failures: Map<string, unknown>;

  beforeAll(
    async () => {
      database = await createOwnDatabase();
      app = celeryClient(database.url);
      massacre = new Massacre(app);
      await massacre.run(database.url);
      failures = await massacre.failures();
    },
    KILLS * 10_000 + 120_000,
  );

  afterAll(async () => {
    const { lost, extraRuns, unexpected } = massacre.ledger.verdict();
    const counts = `FAILURE ${failures.size}, run again ${extraRuns}, lost with rejectOnWorkerLost ${massacre.ledger.verdict('guarded').lost.length}`;
    console.log(
      `children: ${KILLS} kills, ${massacre.sent.length} sent; ${counts}, without an end ${lost.length}, unexpected ${unexpected.length}`,
    );
    await app?.close();
    await database?.drop();
  });

  it('loses no task with late acks and rejectOnWorkerLost', () => {
    expect(massacre.ledger.verdict('guarded').lost).toEqual([]);
    expect([...failures.keys()].filter((label) => label.startsWith('guarded'))).toEqual([]);
  });

  it('fails the others that were hit with WorkerLostError, and no neighbour', () => {
    const { lost, unexpected, extraRuns } = massacre.ledger.verdict();
    expect(unexpected).toEqual([]);
    expect([...failures.keys()]).toEqual(expect.arrayContaining(lost));
    for (const error of failures.values()) {
      expect(error).toMatchObject({ code: 'WORKER_LOST', message: expect.stringContaining('signal 9 (SIGKILL)') });
    }
    expect(failures.size + extraRuns).toBeGreaterThan(0);
    expect(failures.size + extraRuns).toBeLessThanOrEqual(KILLS);
  });
});
