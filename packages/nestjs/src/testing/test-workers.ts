import type { Service } from '@nestjs-celery/core';
import type { Worker } from '@nestjs-celery/core/worker';
import type { BeatFactory } from '../beat/beat-factory.js';
import type { WorkerFactory } from '../worker/worker-factory.js';
import type { SentTask } from './sent-task.js';
import type { TestWorld } from './test-world.js';

/** Nobody else edits the schedules or wants to lead: beat looks once in a virtual day, or virtual time would be slow. Seconds, milliseconds. */
const ALONE = { maxInterval: 86_400, leaseMs: 86_400_000 };

/** The workers and beats of a test. A queue has a worker as soon as something is sent to it. */
export class TestWorkers {
  readonly #workers = new Map<string, Worker>();
  readonly #beats: Service[] = [];
  #starting = 0;
  #failure: { readonly error: unknown } | undefined;
  #stopped = false;

  constructor(
    private readonly world: TestWorld,
    private readonly factory: WorkerFactory,
  ) {}

  /** Tasks that run now, and workers that are about to. @throws what a worker failed with */
  get busy(): number {
    if (this.#failure) throw this.#failure.error;
    return [...this.#workers.values()].reduce((sum, { active }) => sum + active, this.#starting);
  }

  /** An exchange may lead to any of the configured queues. */
  consume({ app, queue }: SentTask): void {
    for (const name of new Set([...(this.world.apps.get(app)?.queues.configured ?? []), queue])) this.#run(app, name);
  }

  /** Once: what is due from then on is sent. */
  startBeats(factory: BeatFactory): void {
    if (this.#beats.length > 0 || this.#stopped) return;
    for (const name of this.world.apps.keys()) {
      const { beat } = factory.create(name, ALONE);
      this.#beats.push(beat);
      this.#start(beat);
    }
  }

  /** Waits for nobody: what still runs is let go of. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const beat of this.#beats) await beat.stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(this.world.clock.now())));
  }

  #run(app: string, queue: string): void {
    const key = JSON.stringify([app, queue]);
    if (this.#stopped || this.#failure || this.#workers.has(key)) return;
    try {
      const worker = this.#createWorker(app, queue);
      this.#workers.set(key, worker);
      this.#start(worker);
    } catch (error) {
      this.#fail(error);
    }
  }

  #createWorker(app: string, queue: string): Worker {
    const hostname = `test${this.#workers.size + 1}@%h`;
    return this.factory.create(app, { queues: [queue], pool: 'async', hostname }, (error) => this.#fail(error));
  }

  #start(service: Service): void {
    this.#starting++;
    service
      .start()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#starting--);
  }

  #fail(error: unknown): void {
    if (!this.#stopped) this.#failure ??= { error };
  }
}
