import type { OnceStore } from '../contracts/side-stores.js';

/** The last so many ids that were asked for, in this process. */
export class RecentIds implements OnceStore {
  /** By age. */
  readonly #ids = new Set<string>();

  constructor(private readonly limit: number) {}

  async first(taskId: string): Promise<boolean> {
    if (this.#ids.has(taskId)) return false;
    this.#ids.add(taskId);
    if (this.#ids.size > this.limit) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#ids;
    if (oldest !== undefined) this.#ids.delete(oldest);
  }
}
