import type { ResultWaiters } from '../app/result-waiters.js';
import type { ExtendedMeta, ResultTuple, TaskMeta } from '../protocol/result-meta.js';
import { READY_STATES } from '../protocol/states.js';
import { MemorySideStores } from './memory-side-stores.js';

interface StoredResult {
  meta: TaskMeta;
  /** When it was last written; what expiry goes by, as Django's `date_done` does. */
  savedAt: Date;
}

/** The results of one `memory://` name. */
export class MemoryResultStore {
  readonly #results = new Map<string, StoredResult>();
  /** The waiters of every backend that has this store open. */
  readonly subscribers = new Set<ResultWaiters>();
  readonly side: MemorySideStores;

  constructor(now: () => Date) {
    this.side = new MemorySideStores(now);
  }

  save(meta: TaskMeta, { savedAt, protectSuccess }: { savedAt: Date; protectSuccess: boolean }): 'written' | 'kept' {
    const before = this.#results.get(meta.taskId)?.meta;
    if (protectSuccess && before?.status === 'SUCCESS' && meta.status !== 'SUCCESS') return 'kept';
    const stored = overwrite(before, meta);
    this.#results.set(meta.taskId, { meta: stored, savedAt });
    if (meta.extended?.call) this.side.saveCall(meta.extended.call, savedAt);
    if (READY_STATES.has(stored.status)) this.#deliver(stored);
    return 'written';
  }

  find(taskId: string): TaskMeta | undefined {
    const found = this.#results.get(taskId);
    return found && copyOf(found.meta);
  }

  delete(taskId: string): void {
    this.#results.delete(taskId);
    this.side.forget(taskId);
  }

  deleteOlderThan(before: Date): number {
    const expired = [...this.#results].filter(([, { savedAt }]) => savedAt < before);
    for (const [taskId] of expired) this.#results.delete(taskId);
    this.side.deleteOlderThan(before);
    return expired.length;
  }

  #deliver(meta: TaskMeta): void {
    for (const waiters of this.subscribers) if (waiters.has(meta.taskId)) waiters.deliver(copyOf(meta));
  }
}

/** The new state, with what only an earlier write knew: when the task started, and its name and arguments. */
function overwrite(before: TaskMeta | undefined, meta: TaskMeta): TaskMeta {
  const { dateDone, dateStarted = before?.dateStarted, extended = before?.extended, ...state } = copyOf(meta);
  return {
    ...state,
    ...(dateDone && READY_STATES.has(meta.status) && { dateDone }),
    ...(dateStarted && { dateStarted }),
    ...(extended && { extended: withoutCall(extended) }),
  };
}

/** The call is found in its own store. */
function withoutCall(extended: ExtendedMeta): ExtendedMeta {
  const rest = { ...extended };
  delete rest.call;
  return rest;
}

/** Its own copy for everybody, so that nobody changes what is stored. */
function copyOf(meta: TaskMeta): TaskMeta {
  const { data } = meta.result;
  return {
    ...meta,
    result: { ...meta.result, data: typeof data === 'string' ? data : Buffer.from(data) },
    children: meta.children.map(copyOfTuple),
  };
}

function copyOfTuple([[id, parent], children]: ResultTuple): ResultTuple {
  return [[id, parent && copyOfTuple(parent)], children && children.map(copyOfTuple)];
}
