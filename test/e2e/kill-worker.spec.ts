import type { CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { celeryClient } from '../support/celery-client.js';
import { depthOf } from '../support/depth.js';
import { Ledger } from '../support/ledger.js';
import type { Run } from '../support/ledger.js';
import { moment } from '../support/moment.js';
import { startNodeWorker } from '../support/node-worker.js';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import type { TestProcess } from '../support/processes.js';
import { seeded } from '../support/seeded.js';

const STRESS = Boolean(process.env['STRESS']);
const KILLS = STRESS ? 30 : 5;
/** Each of its workers is a process with as many children as it has slots. */
const POOL_KILLS = STRESS ? 10 : 2;
const CONCURRENCY = 4;
/** More than a worker does before it is killed, so that it always has some in hand. */
const TASKS_PER_KILL = 60;
const LONGEST_TASK_MS = 60;
const LATEST_KILL_MS = 400;

let database: OwnDatabase;
let app: CeleryApp;

beforeAll(async () => {
  database = await createOwnDatabase();
  app = celeryClient(database.url);
});

afterAll(async () => {
  await app?.close();
  await database?.drop();
});

type Kind = 'late' | 'early';

interface Plan {
  readonly kills: number;
  /** By turns. */
  readonly kinds: readonly Kind[];
  /** More flags of the workers. */
  readonly flags?: readonly string[];
}

/** One worker after another is killed on the same queue, each at a time of its seed; the last one may end its work. */
class Massacre {
  readonly queue = ownQueue();
  readonly ledger = new Ledger();
  /** What workers that were killed had begun and not ended. */
  readonly cutOff: Run[] = [];

  constructor(private readonly plan: Plan) {}

  async run(): Promise<void> {
    for (let seed = 1; seed <= this.plan.kills; seed++) {
      const random = seeded(seed);
      const before = this.ledger.runs().length;
      const [worker] = await Promise.all([this.#startWorker(), this.#sendMany(seed, random)]);
      await waitUntil('it works', () => this.ledger.runs().length > before);
      await moment(random() * LATEST_KILL_MS);
      // with its children, as they are of its process group
      await worker.kill();
      this.cutOff.push(...this.#runsFrom(before).filter((run) => !run.ended));
    }
    await this.#finish();
  }

  report(kind: Kind): string {
    const { lost, duplicated, unexpected } = this.ledger.verdict(kind);
    const inFlight = this.cutOff.filter((run) => run.label.startsWith(kind)).length;
    const counts = `lost ${lost.length}, duplicated ${duplicated.length}, unexpected ${unexpected.length}`;
    const { kills, kinds, flags = [] } = this.plan;
    const sent = (kills * TASKS_PER_KILL) / kinds.length;
    return `${[kind, 'acks', ...flags].join(' ')}: ${kills} kills, ${sent} sent, ${inFlight} in flight at the kill; ${counts}`;
  }

  /** Once the message behind all others is done, all others have been taken up, and a warm shutdown ends them. */
  async #finish(): Promise<void> {
    const last = await this.#startWorker();
    await this.#send('late', 'late-last', 0);
    await waitUntil('the last has come', () => this.ledger.verdict('late').lost.length === 0, { timeout: 60_000 });
    expect(await last.stop()).toEqual({ code: 0, signal: null });
    expect(await depthOf(app, this.queue)).toBe(0);
  }

  #startWorker(): Promise<TestProcess> {
    return startNodeWorker({
      entry: 'faults-worker',
      databaseUrl: database.url,
      queues: [this.queue],
      // the first in the queue are hit again and again: they are no poison
      settings: { ...this.ledger.env, CELERY_WORKER_LOST_LIMIT: 'null' },
      flags: ['-c', String(CONCURRENCY), '--prefetch-multiplier', '4', ...(this.plan.flags ?? [])],
    });
  }

  async #sendMany(seed: number, random: () => number): Promise<void> {
    const { kinds } = this.plan;
    const send = async (index: number) => {
      const kind = kinds[index % kinds.length] ?? 'late';
      await this.#send(kind, `${kind}-${seed}-${index}`, Math.ceil(random() * LONGEST_TASK_MS));
    };
    await Promise.all(Array.from({ length: TASKS_PER_KILL }, (_, index) => send(index)));
  }

  async #send(kind: Kind, label: string, ms: number): Promise<void> {
    this.ledger.sent(label);
    await app.sendTask(`faults.${kind}`, [label, ms], { queue: this.queue, ignoreResult: true });
  }

  /** What the worker that is there now has begun: one works at a time. */
  #runsFrom(before: number): Run[] {
    return this.ledger.runs().slice(before);
  }
}

describe(`a worker killed by SIGKILL while it works, ${KILLS} times`, () => {
  const massacre = new Massacre({ kills: KILLS, kinds: ['late', 'early'] });

  beforeAll(() => massacre.run(), KILLS * 20_000 + 120_000);

  afterAll(() => console.log([massacre.report('late'), massacre.report('early')].join('\n')));

  it('loses nothing with late acks, and runs twice only what was in flight', () => {
    const { lost, duplicated, unexpected, extraRuns } = massacre.ledger.verdict('late');
    expect({ lost, unexpected }).toEqual({ lost: [], unexpected: [] });
    const cutOff = labels(massacre.cutOff, 'late');
    expect(duplicated).toEqual(expect.arrayContaining(cutOff));
    // a task that has just ended is in flight until its acknowledgement has left the process
    expect(extraRuns).toBeLessThanOrEqual(cutOff.length + KILLS * CONCURRENCY);
  });

  it('loses with early acks only what it had taken up, and runs nothing twice: what was prefetched comes back', () => {
    const { lost, duplicated, unexpected } = massacre.ledger.verdict('early');
    expect({ duplicated, unexpected }).toEqual({ duplicated: [], unexpected: [] });
    const cutOff = labels(massacre.cutOff, 'early');
    expect(lost).toEqual(expect.arrayContaining(cutOff));
    // between its acknowledgement and its start a task has left no trace
    expect(lost.length).toBeLessThanOrEqual(KILLS * CONCURRENCY);
  });
});

describe(`a worker with -P process that is killed with its children, ${POOL_KILLS} times`, () => {
  const massacre = new Massacre({ kills: POOL_KILLS, kinds: ['late'], flags: ['-P', 'process'] });

  beforeAll(() => massacre.run(), POOL_KILLS * 60_000 + 120_000);

  afterAll(() => console.log(massacre.report('late')));

  it('loses nothing with late acks, and runs again what was in flight', () => {
    const { lost, duplicated, unexpected } = massacre.ledger.verdict('late');
    expect({ lost, unexpected }).toEqual({ lost: [], unexpected: [] });
    expect(duplicated).toEqual(expect.arrayContaining(labels(massacre.cutOff, 'late')));
  });
});

const labels = (runs: readonly Run[], kind: Kind) =>
  runs.map((run) => run.label).filter((label) => label.startsWith(kind));
