import { createHook } from 'node:async_hooks';
import type { AsyncHook } from 'node:async_hooks';
import { currentTask } from '../../app/task-context.js';
import type { Cancel, Clock } from '../../contracts/clock.js';
import type { LocalTaskRun, Outcome } from '../../contracts/pool.js';
import type { WorkerLog } from '../worker-log.js';
import { fromNow } from '../../time/from-now.js';

/** Beats within the time that is worth a warning. */
const BEATS = 5;
/** Milliseconds without a block until the exact search, which slows every promise down, is switched off again. */
const SEARCH_MS = 60_000;

/**
 * Warns of tasks that block the event loop. What a handler does before its first `await` is timed for every task. That
 * a later part of one blocked is seen by a late timer, which cannot know whose it was: from then on each turn of the loop
 * is timed, so that the next one is named.
 */
export class LoopWatch {
  readonly #hook: AsyncHook;
  /** When the turns began that are under way: they nest. */
  readonly #turns: number[] = [];
  #cancel: Cancel | undefined;
  #lastBeat = 0;
  #lastBlock = 0;
  #named = -Infinity;
  #searches = false;

  /** @param threshold milliseconds */
  constructor(
    private readonly threshold: number,
    private readonly clock: Clock,
    private readonly log: WorkerLog,
  ) {
    this.#hook = createHook({ before: () => this.#enter(), after: () => this.#leave() });
  }

  start(): void {
    if (this.#cancel) return;
    this.#lastBeat = this.clock.monotonic();
    this.#beat();
  }

  stop(): void {
    this.#cancel?.();
    this.#search(false);
  }

  /** Starts a run, and tells when that took too long. */
  call(run: LocalTaskRun): Promise<Outcome> {
    const begun = this.clock.monotonic();
    const outcome = run.start();
    const now = this.clock.monotonic();
    if (now - begun >= this.threshold) this.#name(run.label, now - begun);
    return outcome;
  }

  #beat(): void {
    const due = fromNow(this.clock, this.threshold / BEATS);
    this.#cancel = this.clock.at(due, () => this.#look(), true);
  }

  #look(): void {
    const now = this.clock.monotonic();
    if (now - this.#lastBeat >= this.threshold) this.#blocked(now);
    else if (this.#searches && now - this.#lastBlock > SEARCH_MS) this.#search(false);
    this.#lastBeat = now;
    this.#beat();
  }

  #blocked(now: number): void {
    this.#lastBlock = now;
    if (this.#named < this.#lastBeat) {
      const ms = Math.round(now - this.#lastBeat);
      this.log.say(
        'WARNING',
        `The event loop was blocked for ${ms} ms, by a task after an await or by something else. When it happens again, the task will be named.`,
      );
    }
    this.#search(true);
  }

  #search(on: boolean): void {
    if (on === this.#searches) return;
    this.#searches = on;
    this.#turns.length = 0;
    if (on) this.#hook.enable();
    else this.#hook.disable();
  }

  #enter(): void {
    this.#turns.push(this.clock.monotonic());
  }

  #leave(): void {
    const begun = this.#turns.pop();
    const now = this.clock.monotonic();
    if (begun === undefined || now - begun < this.threshold || this.#named >= begun) return;
    const task = currentTask();
    if (task) this.#name(`${task.name}[${task.id}]`, now - begun);
  }

  #name(label: string, ms: number): void {
    this.#named = this.clock.monotonic();
    this.log.say(
      'WARNING',
      `Task ${label} blocked the event loop for ${Math.round(ms)} ms: no other task ran, no heartbeat was sent. Work for the CPU belongs in the pool 'process' or 'threads'.`,
    );
  }
}
