import type { TaskMeta } from '../protocol/result-meta.js';
import type { ScheduleDatabase } from './periodic-tasks.js';
import type { AttemptStore, CallStore, OnceStore, RevocationStore } from './side-stores.js';

/** Where a result goes besides the store itself: rpc answers to the caller's queue. */
export interface ReplyAddress {
  replyTo?: string;
  correlationId?: string;
}

/** Keeps what became of tasks. Values come in already encoded (`protocol/result-meta.ts`): a backend stores and finds. */
export interface ResultBackend {
  /** The URL without its password, for logs and banners. */
  readonly safeUrl: string;
  /** Opens connections, checks or makes tables. May be called twice. @throws BackendUnavailable, ImproperlyConfigured */
  connect(): Promise<void>;
  /**
   * Stores one state of a task; resolves when it is committed. 'kept': a SUCCESS was there and stays.
   * @throws BackendStoreError when the store refuses it, BackendUnavailable when it could not be had in spite of retries.
   */
  storeResult(meta: TaskMeta, address?: ReplyAddress): Promise<'written' | 'kept'>;
  /** The metas that exist; an id without one is missing from the map (Celery's PENDING). @throws BackendGetMetaError */
  getMany(taskIds: readonly string[]): Promise<Map<string, TaskMeta>>;
  /** Yields the meta of each id once it is in a ready state, in order of completion; ends when all have come, or throws the signal's reason. */
  waitFor(taskIds: readonly string[], signal: AbortSignal): AsyncIterable<TaskMeta>;
  forget(taskIds: readonly string[]): Promise<void>;
  /** What a database can keep besides results; not every backend can, and some know only when they are connected. */
  readonly revocations?: RevocationStore | undefined;
  readonly attempts?: AttemptStore | undefined;
  readonly calls?: CallStore | undefined;
  readonly once?: OnceStore | undefined;
  /** The database of the results can keep schedules, too: beat's, unless `beatScheduler` names others. Opened by whoever uses it. */
  readonly schedules?: ScheduleDatabase | undefined;
  /** Deletes results done before `before`; returns how many. */
  deleteExpired(before: Date): Promise<number>;
  /** May be called twice. */
  close(): Promise<void>;
}
