import type { Clock } from '../contracts/clock.js';

const MOST = 5;
const WITHIN_MS = 1000;

/** Celery's brake: after more than five restarts within a second, a second's rest. */
export class RestartBrake {
  #restarts: number[] = [];

  constructor(private readonly clock: Clock) {}

  async beforeRestart(signal: AbortSignal): Promise<void> {
    const now = this.clock.monotonic();
    this.#restarts = [...this.#restarts.filter((at) => now - at < WITHIN_MS), now];
    if (this.#restarts.length > MOST) await this.clock.sleep(WITHIN_MS, signal);
  }
}
