import { ResultWaiters } from '../app/result-waiters.js';
import type { AdapterDeps, AdapterFactory } from '../app/adapter.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import type { AttemptStore, CallStore, OnceStore, RevocationStore } from '../contracts/side-stores.js';
import { BackendUnavailable } from '../errors/backend-errors.js';
import type { TaskMeta } from '../protocol/result-meta.js';
import { READY_STATES } from '../protocol/states.js';
import { MemoryResultStore } from './memory-result-store.js';
import { memoryName, openSharedStore } from './shared-stores.js';

/**
 * `memory://name`: results in this process's memory, shared by every backend of that name, gone when the last of them is closed.
 * For a first try and for tests; the reference that the conformance suite was written against.
 */
export function memoryResultBackend(url = 'memory://'): AdapterFactory<ResultBackend> {
  return (deps) => new MemoryResultBackend(memoryName(url), deps);
}

class MemoryResultBackend implements ResultBackend {
  readonly safeUrl: string;
  readonly #name: string;
  readonly #deps: AdapterDeps;
  readonly #waiters = new ResultWaiters();
  #opened: { store: MemoryResultStore; release(): void } | undefined;

  readonly revocations: RevocationStore = {
    add: async (taskIds, until) => this.#store.side.revocations.add(taskIds, until),
    load: async (now, limit) => this.#store.side.revocations.load(now, limit),
  };

  readonly attempts: AttemptStore = {
    begin: async (taskId) => this.#store.side.attempts.begin(taskId),
    end: async (taskId) => this.#store.side.attempts.end(taskId),
  };

  readonly calls: CallStore = {
    find: async (taskId) => this.#store.side.calls.find(taskId),
    link: async (link) => this.#store.side.calls.link(link),
    linksOf: async (taskId) => this.#store.side.calls.linksOf(taskId),
  };

  readonly once: OnceStore = { first: async (taskId) => this.#store.side.once.first(taskId) };

  constructor(name: string, deps: AdapterDeps) {
    this.safeUrl = `memory://${name}`;
    this.#name = name;
    this.#deps = deps;
  }

  async connect(): Promise<void> {
    this.#opened ??= openSharedStore('results', this.#name, () => this.#newStore());
    this.#opened.store.subscribers.add(this.#waiters);
  }

  async storeResult(meta: TaskMeta): Promise<'written' | 'kept'> {
    const { config, clock } = this.#deps;
    return this.#store.save(meta, { savedAt: meta.dateDone ?? clock.now(), protectSuccess: config.protectSuccess });
  }

  async getMany(taskIds: readonly string[]): Promise<Map<string, TaskMeta>> {
    const found = new Map<string, TaskMeta>();
    for (const id of taskIds) {
      const meta = this.#store.find(id);
      if (meta) found.set(id, meta);
    }
    return found;
  }

  waitFor(taskIds: readonly string[], signal: AbortSignal): AsyncIterable<TaskMeta> {
    const store = this.#store;
    return this.#waiters.waitFor(taskIds, signal, (missing) => {
      for (const id of missing) {
        const meta = store.find(id);
        if (meta && READY_STATES.has(meta.status)) this.#waiters.deliver(meta);
      }
      return () => {};
    });
  }

  async forget(taskIds: readonly string[]): Promise<void> {
    for (const id of taskIds) this.#store.delete(id);
  }

  async deleteExpired(before: Date): Promise<number> {
    return this.#store.deleteOlderThan(before);
  }

  async close(): Promise<void> {
    this.#opened?.store.subscribers.delete(this.#waiters);
    this.#opened?.release();
    this.#opened = undefined;
    this.#waiters.fail(new BackendUnavailable(`The result backend ${this.safeUrl} was closed during the wait.`));
  }

  #newStore(): MemoryResultStore {
    const { clock } = this.#deps;
    return new MemoryResultStore(() => clock.now());
  }

  get #store(): MemoryResultStore {
    if (this.#opened) return this.#opened.store;
    throw new BackendUnavailable(`The result backend ${this.safeUrl} is not connected: call connect() first.`);
  }
}
