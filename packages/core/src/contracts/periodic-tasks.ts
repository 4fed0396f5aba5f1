/** A row of `django_celery_beat_intervalschedule`. */
export interface IntervalRow {
  readonly kind: 'interval';
  readonly every: number;
  /** days, hours, minutes, seconds, microseconds */
  readonly period: string;
}

/** A row of `django_celery_beat_crontabschedule`, its fields as text in Celery's grammar. */
export interface CrontabRow {
  readonly kind: 'crontab';
  readonly minute: string;
  readonly hour: string;
  readonly dayOfMonth: string;
  readonly monthOfYear: string;
  readonly dayOfWeek: string;
  /** IANA name. */
  readonly timezone: string;
}

/** A row of `django_celery_beat_solarschedule`, in degrees, north and east positive. */
export interface SolarRow {
  readonly kind: 'solar';
  readonly event: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** A row of `django_celery_beat_clockedschedule`. */
export interface ClockedRow {
  readonly kind: 'clocked';
  readonly clockedTime: Date;
}

/** A schedule as a database keeps it. */
export type ScheduleRow = IntervalRow | CrontabRow | SolarRow | ClockedRow;

/** What beat does with due times beyond sending each when it comes. Ours; kept beside Django's tables. Times in seconds. */
export interface SchedulePolicy {
  /** Due times that passed while no beat ran: one run for all (Celery), none, or one for each. @default 'fire-once' */
  readonly misfire: 'fire-once' | 'skip' | 'fire-all';
  /** With `fire-all`: at most so many, the latest; no more than 10,000. @default 100 */
  readonly misfireCap: number;
  /** A due time that is longer ago is missed for good; no more than ten years. @default null: no limit (`skip`: 60; crontabs: `beatCronStartingDeadline`) */
  readonly grace: number | null;
  /** When it is due and the run before has not ended: send all the same (Celery), leave it out, or send one as soon as that has. @default 'allow' */
  readonly overlap: 'allow' | 'skip' | 'buffer-one';
  /** It is sent up to so much later, by chance; no more than ten years. @default 0 */
  readonly jitter: number;
  /** Not sent before; what is due until then is not made up for. @default null */
  readonly pauseUntil: Date | null;
  /** For crontabs, see `DstPolicy`. @default 'celery' */
  readonly dst: 'celery' | 'wall';
  /** 'user': code does not overwrite the row at start. @default 'code' */
  readonly owner: 'code' | 'user';
}

export const DEFAULT_POLICY: SchedulePolicy = {
  misfire: 'fire-once',
  misfireCap: 100,
  grace: null,
  overlap: 'allow',
  jitter: 0,
  pauseUntil: null,
  dst: 'celery',
  owner: 'code',
};

/** How far beat has come with an entry: what `last_run_at` is too coarse for. Written with each run. */
export interface ScheduleState {
  /** The due time that was sent last: the next one counts from it, so that nothing drifts. */
  readonly lastDueAt: Date;
  /** When that was sent; differs from the row's `lastRunAt` once somebody else has run or reset it. */
  readonly sentAt: Date;
  /** The id of that run. */
  readonly lastTaskId: string;
  /** `describe()` of the schedule then: a schedule that has changed since begins to count anew. */
  readonly schedule: string;
  /** Null: none is known, or it is after `LAST_DATE`. */
  readonly nextRunAt: Date | null;
}

/** The columns of `django_celery_beat_periodictask` that people edit. JSON columns are text as they stand in the table. */
export interface PeriodicTaskFields {
  readonly name: string;
  readonly task: string;
  /** Exactly one in a row that can be used; rows of others may have none, or several. */
  readonly schedules: readonly ScheduleRow[];
  readonly args: string;
  readonly kwargs: string;
  readonly headers: string;
  readonly queue: string | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
  readonly priority: number | null;
  readonly expires: Date | null;
  readonly expireSeconds: number | null;
  readonly oneOff: boolean;
  readonly startTime: Date | null;
  readonly enabled: boolean;
  readonly description: string;
}

/** A periodic task as the database has it. */
export interface PeriodicTaskRow extends PeriodicTaskFields {
  readonly id: number;
  readonly lastRunAt: Date | null;
  readonly totalRunCount: number;
  readonly dateChanged: Date;
  /** Only what differs from the default; null: nothing. */
  readonly policy: Partial<SchedulePolicy> | null;
  /** Null: never sent by a beat of ours. */
  readonly state: ScheduleState | null;
}

/** What a save writes; what is left out stays, or takes the column's default in a new row. `policy: null` takes it away. */
export type PeriodicTaskChange = Partial<PeriodicTaskFields> & {
  readonly policy?: Partial<SchedulePolicy> | null;
  readonly lastRunAt?: Date | null;
  readonly totalRunCount?: number;
};

export interface PeriodicTaskQuery {
  /** Part of the name or the task, in any case. */
  readonly search?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** The rows of the six `django_celery_beat_*` tables. Every write but those of `RunStore` also tells Django's beat (`PeriodicTasks.last_update`). */
export interface PeriodicTaskStore {
  /** Enabled rows with ids above `afterId`, in order of the id: how beat loads them, page by page. */
  page(afterId: number, limit: number): Promise<readonly PeriodicTaskRow[]>;
  /** Rows by id or by name, enabled or not; what does not exist is missing. */
  find(
    by: { readonly ids: readonly number[] } | { readonly names: readonly string[] },
  ): Promise<readonly PeriodicTaskRow[]>;
  /** In order of the name. */
  list(query: PeriodicTaskQuery): Promise<{ readonly rows: readonly PeriodicTaskRow[]; readonly total: number }>;
  /** Makes a row; its schedule row is shared with every task that has the same. Gives the id. @throws DuplicateName */
  insert(fields: PeriodicTaskChange & Pick<PeriodicTaskFields, 'name' | 'task' | 'schedules'>): Promise<number>;
  /** @returns false: there is no such row. @throws DuplicateName */
  update(id: number, change: PeriodicTaskChange): Promise<boolean>;
  /** With its policy and state; its runs stay until they are old. @returns false: there is no such row. */
  remove(id: number): Promise<boolean>;
}

/** What has become of a run: 'claimed' is not yet sent, or not yet known to be. */
export type RunStatus = 'claimed' | 'sent' | 'skipped' | 'missed' | 'cancelled';

/** A due time of an entry that a beat has made its own, and the id that its message has, however often it is sent. */
export interface Claim {
  readonly name: string;
  readonly dueAt: Date;
  readonly taskId: string;
}

/** A claim that is dealt with. */
export interface SettledRun extends Claim {
  readonly status: Exclude<RunStatus, 'claimed'>;
  readonly at: Date;
  /** Why it was not sent; kept without null characters. */
  readonly reason?: string | undefined;
  /** What to keep of the entry; undefined: it is gone, or was not sent and stays where it was. */
  readonly entry?: {
    /** The row in the database; undefined for entries that only code knows. */
    readonly rowId: number | undefined;
    readonly schedule: string;
    readonly nextRunAt: Date | null;
    /** It will not run again: the row is disabled as Django's scheduler leaves a one-off (`enabled` false, count 0, no last run). */
    readonly isOver: boolean;
  };
}

/** A run in the history of an entry. */
export interface PeriodicRun extends Claim {
  readonly status: RunStatus;
  readonly claimedAt: Date;
  readonly settledAt: Date | null;
  readonly reason: string | null;
}

/** What was due, and what became of it. `(name, dueAt)` is unique: a due time belongs to one claim for ever. */
export interface RunStore {
  /**
   * Claims due times for the holder of the lease, in one transaction that a take-over of the lease waits for. Given back are those that are now
   * the caller's: new ones, and those that the same fence claimed before and has not settled, with the id of then.
   * @param runs `taskId`: the id for a new claim
   * @throws LeaseLost when the fence is not the lease's: nothing was claimed.
   */
  claim(runs: readonly Claim[], fence: string, at: Date): Promise<readonly Claim[]>;
  /**
   * Marks what has become of claims, and in the same transaction the rows: `last_run_at`, `total_run_count`, the state. A row that was disabled
   * meanwhile has no last run, as Django's save leaves it; one that was renamed is the same. Idempotent.
   * @throws BackendStoreError when a run, or its row, cannot be written: none was marked. BackendUnavailable, also when somebody else has had
   * a row locked for some seconds.
   */
  settle(runs: readonly SettledRun[]): Promise<void>;
  /**
   * Claims that were never settled, as a beat died between claim and mark: they are now those of the holder of the lease, as if it had claimed
   * them. What another is marking at that moment is waited for, and not given.
   * @throws LeaseLost when the fence is not the lease's.
   */
  unfinished(fence: string): Promise<readonly Claim[]>;
  /** States by name, of entries that only code knows. */
  states(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleState>>;
  /** The latest first. */
  history(name: string, limit: number): Promise<readonly PeriodicRun[]>;
  /**
   * Forgets settled runs that were due before, and what is left of rows that are gone. What keeps a due time from being sent again stays: the
   * latest run of each entry (`misfireCap` of them with `fire-all`, and of entries that only code knows), and states of entries that only code
   * knows. Of those, `CODE_MEMORY_DAYS` later all but states without a next run, as a one-off never runs again. @returns how many runs
   */
  prune(before: Date): Promise<number>;
}

/** Who leads. A lease is a row that runs out by the database's own clock; each change of hands has a higher fence. */
export interface LeaseStore {
  /** Takes the lease if it is free, has run out, or is the owner's already. */
  acquire(
    owner: string,
    ttlMs: number,
  ): Promise<{ readonly fence: string } | { readonly heldBy: string; readonly until: Date }>;
  /** @returns false: it is another's now. */
  renew(fence: string, ttlMs: number): Promise<boolean>;
  /** Lets go of it at once, for whoever waits. */
  release(fence: string): Promise<void>;
}

/** What was edited: the ids of rows, whether they still exist or not; 'all' when only that something was is known. */
export type ScheduleEdit = { readonly ids: readonly number[] } | 'all';

/** A database of schedules: Django's six tables, and ours beside them. Adapters implement it; `describeScheduleDatabase` is their suite. */
export interface ScheduleDatabase {
  /** The URL without its password, for logs and banners. */
  readonly safeUrl: string;
  /** Opens connections, checks or makes tables. May be called twice. @throws BackendUnavailable, ImproperlyConfigured */
  open(): Promise<void>;
  readonly tasks: PeriodicTaskStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /**
   * Tells of edits within a second, whoever makes them and however; of writes of `RunStore` it need not. After an outage it tells 'all'.
   * Resolves when it watches, with the way to stop.
   */
  watch(onEdit: (edit: ScheduleEdit) => void): Promise<() => Promise<void>>;
  /** May be called twice. */
  close(): Promise<void>;
}
