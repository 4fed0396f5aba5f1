import type { AdapterDeps, AdapterFactory } from '../app/adapter.js';
import type {
  LeaseStore,
  PeriodicTaskStore,
  RunStore,
  ScheduleDatabase,
  ScheduleEdit,
} from '../contracts/periodic-tasks.js';
import { BackendUnavailable } from '../errors/backend-errors.js';
import { MemoryScheduleStore } from './memory-schedule-store.js';
import { memoryName, openSharedStore } from './shared-stores.js';

/**
 * `memory://name`: periodic tasks in this process's memory, shared by every database of that name, gone when the last of them is closed.
 * For tests, and for beats that keep nothing; the reference that the conformance suite was written against.
 */
export function memorySchedules(url = 'memory://'): AdapterFactory<ScheduleDatabase> {
  return (deps) => new MemoryScheduleDatabase(url, deps);
}

/** @see memorySchedules */
export class MemoryScheduleDatabase implements ScheduleDatabase {
  readonly safeUrl: string;
  readonly #name: string;
  readonly #clock: AdapterDeps['clock'];
  readonly #stops = new Set<() => Promise<void>>();
  #opened: { store: MemoryScheduleStore; release(): void } | undefined;

  readonly tasks: PeriodicTaskStore = {
    page: async (afterId, limit) => this.#store.tasks.page(afterId, limit),
    find: async (by) => this.#store.tasks.find(by),
    list: async (query) => this.#store.tasks.list(query),
    insert: async (fields) => this.#store.tasks.insert(fields),
    update: async (id, change) => this.#store.tasks.update(id, change),
    remove: async (id) => this.#store.tasks.remove(id),
  };

  readonly runs: RunStore = {
    claim: async (runs, fence, at) => this.#store.runs.claim(runs, fence, at),
    settle: async (runs) => this.#store.runs.settle(runs),
    unfinished: async (fence) => this.#store.runs.unfinished(fence),
    states: async (names) => this.#store.runs.states(names),
    history: async (name, limit) => this.#store.runs.history(name, limit),
    prune: async (before) => this.#store.runs.prune(before),
  };

  readonly leases: LeaseStore = {
    acquire: async (owner, ttlMs) => this.#store.leases.acquire(owner, ttlMs),
    renew: async (fence, ttlMs) => this.#store.leases.renew(fence, ttlMs),
    release: async (fence) => this.#store.leases.release(fence),
  };

  constructor(url: string, { clock }: Pick<AdapterDeps, 'clock'>) {
    this.#name = memoryName(url);
    this.safeUrl = `memory://${this.#name}`;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    this.#opened ??= openSharedStore('schedules', this.#name, () => new MemoryScheduleStore(this.#clock));
  }

  async watch(onEdit: (edit: ScheduleEdit) => void): Promise<() => Promise<void>> {
    const { watchers } = this.#store;
    const watcher = (edit: ScheduleEdit): void => onEdit(edit);
    const stop = async (): Promise<void> => {
      watchers.delete(watcher);
      this.#stops.delete(stop);
    };
    watchers.add(watcher);
    this.#stops.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
    this.#opened?.release();
    this.#opened = undefined;
  }

  get #store(): MemoryScheduleStore {
    if (this.#opened) return this.#opened.store;
    throw new BackendUnavailable(`The schedules of ${this.safeUrl} are not open: call open() first.`);
  }
}
