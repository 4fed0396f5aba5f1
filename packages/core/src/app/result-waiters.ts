import type { TaskMeta } from '../protocol/result-meta.js';

/** One call of `waitFor`: what it still waits for, and what has come and was not taken yet. */
class Wait {
  readonly missing: Set<string>;
  readonly #arrived: TaskMeta[] = [];
  #failure: { reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(taskIds: readonly string[]) {
    this.missing = new Set(taskIds);
  }

  deliver(meta: TaskMeta): void {
    if (!this.missing.delete(meta.taskId)) return;
    this.#arrived.push(meta);
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }

  /** What came next; undefined when nothing is missing any more. Throws what `fail` was given. */
  async next(): Promise<TaskMeta | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      const meta = this.#arrived.shift();
      if (meta || this.missing.size === 0) return meta;
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }
}

/** Who waits for which result. A backend built on it only says what has come (`deliver`); it serves any number of waits of one id. */
export class ResultWaiters {
  readonly #waits = new Map<string, Set<Wait>>();

  /** The ids that somebody waits for. */
  get taskIds(): string[] {
    return [...this.#waits.keys()];
  }

  has(taskId: string): boolean {
    return this.#waits.has(taskId);
  }

  /**
   * `ResultBackend.waitFor`. `onOpen` runs once the wait is known here, so that nothing delivered after it is missed: there the
   * backend looks for what is stored already. `missing` shrinks as results come. What `onOpen` returns runs at the end.
   */
  async *waitFor(
    taskIds: readonly string[],
    signal: AbortSignal,
    onOpen: (missing: ReadonlySet<string>) => () => void,
  ): AsyncGenerator<TaskMeta, void, undefined> {
    signal.throwIfAborted();
    const wait = new Wait(taskIds);
    const abort = () => wait.fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    for (const id of wait.missing) this.#add(id, wait);
    const onClose = onOpen(wait.missing);
    try {
      for (let meta = await wait.next(); meta; meta = await wait.next()) yield meta;
    } finally {
      onClose();
      signal.removeEventListener('abort', abort);
      for (const id of taskIds) this.#remove(id, wait);
    }
  }

  /** A result in a ready state has come. */
  deliver(meta: TaskMeta): void {
    const waits = this.#waits.get(meta.taskId);
    this.#waits.delete(meta.taskId);
    for (const wait of waits ?? []) wait.deliver(meta);
  }

  /** Ends the waits of these ids, or all of them, with an error. */
  fail(reason: unknown, taskIds: Iterable<string> = this.taskIds): void {
    for (const id of taskIds) for (const wait of this.#waits.get(id) ?? []) wait.fail(reason);
  }

  #add(id: string, wait: Wait): void {
    const waits = this.#waits.get(id);
    if (waits) waits.add(wait);
    else this.#waits.set(id, new Set([wait]));
  }

  #remove(id: string, wait: Wait): void {
    const waits = this.#waits.get(id);
    if (waits?.delete(wait) && waits.size === 0) this.#waits.delete(id);
  }
}
