/** The ids of revoked tasks. Celery's `worker.state.revoked`. */
export class Revocations {
  readonly #ids = new Set<string>();

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.size > 0 && this.#ids.has(id);
  }

  add(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id);
  }
}
