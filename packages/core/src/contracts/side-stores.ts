/** Revoked ids, for workers that were down when the others were told. */
export interface RevocationStore {
  /** Remembers the ids until then. */
  add(taskIds: readonly string[], until: Date): Promise<void>;
  /** The ids that are remembered at `now`, the newest `limit` of them: those that are remembered longest. */
  load(now: Date, limit: number): Promise<string[]>;
}

/** Starts of tasks that never came to an end: the worker was killed under them. Only redelivered messages are counted here. */
export interface AttemptStore {
  /** Counts a start; returns how many were counted before and did not end. */
  begin(taskId: string): Promise<number>;
  /** The task came to an end, or was given back in good order. */
  end(taskId: string): Promise<void>;
}

/** A call as it was, for `rerun`. */
export interface StoredCall {
  readonly taskId: string;
  readonly name: string;
  /** JSON, in Celery's encoding. */
  readonly args: string;
  readonly kwargs: string;
  /** The queue that the task came from. */
  readonly queue: string | null;
  /** The task's option `redact` has changed the arguments: they are for people, and not sent again. */
  readonly redacted: boolean;
}

/** That a finished task was sent anew under another id. */
export interface RerunLink {
  readonly taskId: string;
  readonly rerunOf: string;
}

/** Both sides of a task's reruns. */
export interface RerunLinks {
  /** The task that it is a rerun of; null where it is none. */
  readonly rerunOf: string | null;
  /** Its own reruns, the oldest first. */
  readonly reruns: readonly string[];
}

/** Calls are stored with the results of tasks (`ExtendedMeta.call`), and forgotten with them. */
export interface CallStore {
  find(taskId: string): Promise<StoredCall | undefined>;
  link(link: RerunLink): Promise<void>;
  linksOf(taskId: string): Promise<RerunLinks>;
}

/** Ids of tasks that beat has sent and a worker has begun: a beat that is killed at the wrong moment sends a message again, under its id. */
export interface OnceStore {
  /** True for the first who asks, false for everybody after. Remembered for a day at least. */
  first(taskId: string): Promise<boolean>;
}
