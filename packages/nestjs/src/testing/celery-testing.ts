import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { TimeoutError } from '@nestjs-celery/core';
import { BeatFactory } from '../beat/beat-factory.js';
import { WorkerFactory } from '../worker/worker-factory.js';
import { calm } from './calm.js';
import type { Commotion } from './calm.js';
import { milliseconds } from './duration.js';
import type { Duration } from './duration.js';
import { Expectation, nameOf } from './expectation.js';
import type { Equals, SentWith, TaskOrName } from './expectation.js';
import type { SentTask } from './sent-task.js';
import { TestWorkers } from './test-workers.js';
import { TestWorld } from './test-world.js';
import { TESTING_MODULE_OPTIONS } from './testing.module-definition.js';
import type { TestingModuleOptions } from './testing.module-definition.js';

/** Options of `idle()`. */
export interface IdleOptions {
  /** Milliseconds of real time in which nothing happens while a task runs. @default 4000 */
  timeout?: number;
}

/** Real time that `advance()` gives a running task to do something before it takes it to wait for virtual time. */
const PATIENCE_MS = 250;

/** What a test does with the tasks of its application: `moduleRef.get(CeleryTesting)`. */
@Injectable()
export class CeleryTesting implements BeforeApplicationShutdown {
  readonly #workers: TestWorkers;
  readonly #look: () => Commotion;

  constructor(
    private readonly world: TestWorld,
    private readonly beats: BeatFactory,
    workers: WorkerFactory,
    @Optional() @Inject(TESTING_MODULE_OPTIONS) private readonly options: TestingModuleOptions = {},
  ) {
    const { outbox, clock } = world;
    this.#workers = new TestWorkers(world, workers);
    this.#look = () => ({ running: this.#workers.busy, sent: outbox.count, timers: clock.pendingTimers });
    if (options.run !== false) outbox.onSent((task) => this.#workers.consume(task));
  }

  /** Virtual time: it passes in `advance()` only. */
  now(): Date {
    return this.world.clock.now();
  }

  /** What was sent, in order: everything, or one task. A retry is no second sending. */
  sent<Args extends readonly unknown[]>(task?: TaskOrName<Args>): readonly SentTask<Args>[] {
    const { sent } = this.world.outbox;
    const wanted = task === undefined ? sent : sent.filter(({ name }) => name === nameOf(task));
    return [...wanted] as unknown as SentTask<Args>[];
  }

  /** Forgets what was sent so far; what waits in queues stays. */
  clear(): void {
    this.world.outbox.clear();
  }

  /**
   * Resolves when every task that is due has run, with all that it sent. What waits for its time (countdown, eta, retry) goes on waiting.
   * @throws TimeoutError when a task runs and nothing happens for `timeout`; what a worker failed with
   */
  async idle({ timeout = 4000 }: IdleOptions = {}): Promise<void> {
    this.#begin();
    const stuck = await calm(this.#look, timeout);
    if (!stuck) return;
    throw new TimeoutError(
      `idle(): ${stuck.running} task(s) have run for ${timeout} ms and do not end. If they wait for time to pass, use advance(); if they are slow, idle({ timeout }).`,
    );
  }

  /**
   * Lets time pass: `advance('1h')`. Runs what comes due (countdowns, etas, retries, expiries, time limits, and schedules with `beat: true`) in
   * order of time, each with all that it sends before the next. A task that still runs and does nothing is taken to wait for time.
   * @throws ImproperlyConfigured for what is no duration
   */
  async advance(duration: Duration): Promise<void> {
    const { clock } = this.world;
    const end = clock.monotonic() + milliseconds(duration);
    this.#begin();
    let stuck = await calm(this.#look, PATIENCE_MS);
    for (let left = end - clock.monotonic(); ; left = end - clock.monotonic()) {
      const next = clock.untilNext ?? Infinity;
      await clock.advance(Math.min(next, left));
      stuck = await calm(this.#look, PATIENCE_MS, stuck);
      if (next > left) return;
    }
  }

  /** For `node:assert`: the first task sent that fits. @throws AssertionError that says what was sent */
  assertSent<Args extends readonly unknown[]>(
    task: TaskOrName<Args>,
    args?: NoInfer<Args>,
    options?: SentWith,
  ): SentTask<Args> {
    const { found, message } = this.look(task, args, options);
    if (found) return found as unknown as SentTask<Args>;
    throw new AssertionError({ message, stackStartFn: this.assertSent });
  }

  /** The contrary of `assertSent`: no task was sent that fits. @throws AssertionError when one was */
  assertNotSent<Args extends readonly unknown[]>(
    task: TaskOrName<Args>,
    args?: NoInfer<Args>,
    options?: SentWith,
  ): void {
    const { found, message } = this.look(task, args, options);
    if (found) throw new AssertionError({ message, stackStartFn: this.assertNotSent });
  }

  /** What matchers are made of: whether such a task was sent, and a sentence for the case that this is wrong. */
  look(
    task: TaskOrName,
    args?: readonly unknown[],
    options?: SentWith,
    equals: Equals = isDeepStrictEqual,
  ): { found: SentTask | undefined; message: string } {
    const expectation = new Expectation(task, args, options, equals);
    const { sent } = this.world.outbox;
    const found = expectation.find(sent);
    const message = found
      ? `${expectation} was sent, and should not have been.`
      : `${expectation} was not sent. ${expectation.instead(sent)}`;
    return { found, message };
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#workers.stop();
  }

  #begin(): void {
    if (this.options.beat === true) this.#workers.startBeats(this.beats);
  }
}
