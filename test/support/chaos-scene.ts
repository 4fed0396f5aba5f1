import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { amqp } from '@nestjs-celery/amqp';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { consume } from './consume.js';
import { startNodeBeat } from './node-beat.js';
import { startNodeWorker } from './node-worker.js';
import { createOwnDatabase, type OwnDatabase } from './own-database.js';
import { ownQueue } from './own-queue.js';
import type { TestProcess } from './processes.js';
import { query } from './query.js';
import { amqpUrl } from './servers.js';

/** A row of what was due. */
export interface Run {
  name: string;
  due_at: Date;
  task_id: string;
  status: string;
}

/** Beats and a worker of one database and one queue, and everything that anybody noted. */
export class ChaosScene {
  readonly queue = ownQueue();
  readonly broker = amqp(amqpUrl())(adapterDeps());
  readonly ledger = join(mkdtempSync(join(tmpdir(), 'nestjs-celery-chaos-')), 'ledger');
  /** The id of every message, as often as it was sent. */
  readonly messages: string[] = [];
  kills = 0;

  private constructor(readonly database: OwnDatabase) {}

  static async open(): Promise<ChaosScene> {
    const scene = new ChaosScene(await createOwnDatabase());
    writeFileSync(scene.ledger, '');
    await scene.broker.connect();
    await scene.#spy();
    return scene;
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

  async sent(): Promise<Run[]> {
    return (await this.runs()).filter(({ status }) => status === 'sent');
  }

  /** Ids of runs of the task, in our worker. */
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
    await this.database.drop();
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
