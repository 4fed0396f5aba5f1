import type { Claim, LeaseStore, SettledRun } from '../contracts/periodic-tasks.js';
import type { ScheduleEntry } from './schedule-entry.js';

/** What a beat finds when it begins to lead. */
export interface LoadedSchedule {
  readonly entries: readonly ScheduleEntry[];
  /** Claims of a beat that died before it had settled them: they are sent again, under their ids. */
  readonly unfinished: readonly Claim[];
}

/** Entries that were made, edited, disabled or deleted. */
export interface EditedEntries {
  readonly upserted: readonly ScheduleEntry[];
  /** Names. */
  readonly removed: readonly string[];
}

/** Where beat's entries come from and where it marks what it has sent: code and a file, or a database. Celery's `Scheduler` classes. */
export interface ScheduleStore {
  /** For the banner: `database postgres://…`. */
  readonly title: string;
  /** Celery's default for the longest sleep with this kind of schedule, in seconds. */
  readonly maxInterval: number;
  /** Connects, and brings what is kept up to date with the code. May be called twice. @throws ImproperlyConfigured, BackendUnavailable */
  open(now: Date): Promise<void>;
  /** Every enabled entry. Called when a term begins; what was claimed and not marked is this term's from then on. @throws LeaseLost */
  load(now: Date, fence: string): Promise<LoadedSchedule>;
  /** Tells of edits until it is stopped, of those before `load` has ended after it. Missing: there are none. */
  watch?(onEdit: (edited: EditedEntries) => void): Promise<() => Promise<void>>;
  /** See `RunStore.claim`. @throws LeaseLost */
  claim(runs: readonly Claim[], fence: string, at: Date): Promise<readonly Claim[]>;
  settle(runs: readonly SettledRun[]): Promise<void>;
  /** Its time is over (`expires`), or it has had its one run: it is not loaded again. */
  retire(entry: ScheduleEntry): Promise<void>;
  /** Forgets runs that were due before. Missing: none are kept. */
  prune?(before: Date): Promise<number>;
  /** Who leads among several beats. Missing: there is one beat only. */
  readonly leases?: LeaseStore;
  close(): Promise<void>;
}
