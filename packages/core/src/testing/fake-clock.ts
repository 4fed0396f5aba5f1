import type { Cancel, Clock } from '../contracts/clock.js';

interface Timer {
  /** On the monotonic clock, as with real timers: a step of the wall clock does not move it. */
  readonly due: number;
  readonly run: () => void;
}

/** Time for tests: it passes in `advance()` only. What is already due runs on the next turn of the event loop, as with the real clock. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #monotonic = 0;
  #wall: number;

  constructor(start: Date | string = '2026-01-01T00:00:00Z') {
    this.#wall = new Date(start).getTime();
  }

  /** Timers that have neither run nor been called off: 0 when everything has been stopped. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get untilNext(): number | undefined {
    const next = this.#firstUntil(Infinity);
    return next && Math.max(0, next.due - this.#monotonic);
  }

  now(): Date {
    return new Date(this.#wall);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  at(when: Date, run: () => void): Cancel {
    return this.#arm(when.getTime() - this.#wall, run);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const cancel = this.#arm(ms, finish);
      const abort = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      function finish() {
        signal?.removeEventListener('abort', abort);
        resolve();
      }
    });
  }

  /** Lets `ms` milliseconds pass: runs the timers in order of their time, and what each sets off, promises included, before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (let timer = this.#firstUntil(end); timer; timer = this.#firstUntil(end)) {
      this.#moveTo(Math.max(timer.due, this.#monotonic));
      this.#fire(timer);
      await settled();
    }
    this.#moveTo(end);
  }

  /** Sets the wall clock forward or (negative) back, as an administrator does: no time passes, no timer moves. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }

  #arm(ms: number, run: () => void): Cancel {
    const timer: Timer = { due: this.#monotonic + ms, run };
    this.#timers.add(timer);
    if (ms <= 0) setImmediate(() => this.#fire(timer));
    return () => this.#timers.delete(timer);
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.run();
  }

  #firstUntil(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** A turn of the event loop: every promise that can settle without I/O or time has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
