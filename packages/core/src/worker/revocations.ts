import type { RevocationLimits } from '../app/revocation-limits.js';
import type { Clock } from '../contracts/clock.js';

/** A task that was revoked: its id, and when, as Unix time in milliseconds. */
export type Revocation = readonly [id: string, at: number];

/**
 * The ids of revoked tasks, the newest so many. Celery's `worker.state.revoked`. An id that is older than `expires` is dropped where
 * there is no room for it, and is not handed on; as long as there is room it counts, since a task may wait for its eta for longer.
 */
export class Revocations {
  /** By age. */
  readonly #ids = new Map<string, number>();

  constructor(
    private readonly clock: Clock,
    private readonly limits: RevocationLimits,
  ) {}

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.size > 0 && this.#ids.has(id);
  }

  /** Revokes them now; one that was revoked before counts anew. */
  add(ids: Iterable<string>): void {
    const now = this.clock.now().getTime();
    for (const id of ids) {
      this.#ids.delete(id);
      this.#ids.set(id, now);
    }
    this.#makeRoom();
  }

  /** Takes over what was revoked elsewhere or before. */
  merge(revoked: Iterable<Revocation>): void {
    const all = new Map(this.#ids);
    for (const [id, at] of revoked) all.set(id, Math.max(at, all.get(id) ?? at));
    this.#ids.clear();
    for (const [id, at] of [...all].sort(([, a], [, b]) => a - b)) this.#ids.set(id, at);
    this.#makeRoom();
  }

  /** Those that still count elsewhere, the oldest first. */
  entries(): Revocation[] {
    const since = this.clock.now().getTime() - this.limits.expires * 1000;
    return [...this.#ids].filter(([, at]) => at > since);
  }

  #makeRoom(): void {
    if (this.#ids.size <= this.limits.max) return;
    const since = this.clock.now().getTime() - this.limits.expires * 1000;
    for (const [id, at] of this.#ids) {
      if (this.#ids.size <= this.limits.max && at > since) return;
      this.#ids.delete(id);
    }
  }
}
