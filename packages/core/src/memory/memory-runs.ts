import { DEFAULT_POLICY } from '../contracts/periodic-tasks.js';
import type {
  Claim,
  PeriodicRun,
  PeriodicTaskRow,
  RunStore,
  ScheduleState,
  SettledRun,
} from '../contracts/periodic-tasks.js';
import { CODE_MEMORY_DAYS, LAST_DATE, MAX_RUN_COUNT } from '../contracts/schedule-limits.js';
import { deepCopy } from './deep-copy.js';
import type { MemoryLeases } from './memory-leases.js';
import type { MemoryPeriodicTasks } from './memory-periodic-tasks.js';

const DAY = 86_400_000;

interface StoredRun {
  readonly fence: string;
  /** There was a row of that name when it was claimed. */
  readonly isOfRow: boolean;
  readonly run: PeriodicRun;
}

/** What was due for the beats of one `memory://` name. A call is one step for all others, as a transaction is. */
export class MemoryRuns implements RunStore {
  readonly #leases: MemoryLeases;
  readonly #tasks: MemoryPeriodicTasks;
  /** By name, then by due time. */
  readonly #runs = new Map<string, Map<number, StoredRun>>();
  /** Of entries that only code knows. */
  readonly #states = new Map<string, ScheduleState>();

  constructor(leases: MemoryLeases, tasks: MemoryPeriodicTasks) {
    this.#leases = leases;
    this.#tasks = tasks;
  }

  async claim(runs: readonly Claim[], fence: string, at: Date): Promise<readonly Claim[]> {
    this.#leases.check(fence);
    const mine = runs.map((run) => this.#claimOne(run, fence, at)).filter((run) => run !== undefined);
    return mine.map(claimOf);
  }

  async settle(runs: readonly SettledRun[]): Promise<void> {
    for (const run of runs) this.#settleOne(run);
  }

  async unfinished(fence: string): Promise<readonly Claim[]> {
    this.#leases.check(fence);
    const open = this.#all().filter(isOpen);
    open.sort((a, b) => a.run.dueAt.getTime() - b.run.dueAt.getTime());
    return open.map((stored) => claimOf(this.#save({ ...stored, fence })));
  }

  async states(names: readonly string[]): Promise<ReadonlyMap<string, ScheduleState>> {
    const wanted = new Set(names);
    return new Map(deepCopy([...this.#states].filter(([name]) => wanted.has(name))));
  }

  async history(name: string, limit: number): Promise<readonly PeriodicRun[]> {
    const runs = [...(this.#runs.get(name)?.values() ?? [])];
    runs.sort((a, b) => b.run.dueAt.getTime() - a.run.dueAt.getTime());
    return runs.slice(0, limit).map(({ run }) => deepCopy(run));
  }

  async prune(before: Date): Promise<number> {
    const forgotten = new Date(before.getTime() - CODE_MEMORY_DAYS * DAY);
    for (const [name, { nextRunAt, sentAt }] of this.#states) {
      if (nextRunAt && nextRunAt < forgotten && sentAt < forgotten) this.#states.delete(name);
    }
    return [...this.#runs].reduce((pruned, [name, runs]) => pruned + this.#pruneOf(name, runs, before), 0);
  }

  #pruneOf(name: string, runs: Map<number, StoredRun>, before: Date): number {
    const row = this.#tasks.named(name);
    const latest = [...runs.keys()].sort((a, b) => b - a).slice(0, keptRuns(row));
    const forgotten = before.getTime() - CODE_MEMORY_DAYS * DAY;
    const isNeeded = (dueAt: number, { isOfRow }: StoredRun): boolean =>
      latest.includes(dueAt) && (row !== undefined || (!isOfRow && dueAt >= forgotten));
    const old = [...runs].filter(([dueAt, run]) => dueAt < before.getTime() && !isOpen(run) && !isNeeded(dueAt, run));
    for (const [dueAt] of old) runs.delete(dueAt);
    if (runs.size === 0) this.#runs.delete(name);
    return old.length;
  }

  /** Undefined: the due time is another's, or dealt with. */
  #claimOne({ name, dueAt, taskId }: Claim, fence: string, at: Date): StoredRun | undefined {
    const found = this.#find(name, dueAt);
    if (found) return found.fence === fence && isOpen(found) ? found : undefined;
    const run: PeriodicRun = { name, dueAt, taskId, status: 'claimed', claimedAt: at, settledAt: null, reason: null };
    return this.#save({ fence, isOfRow: this.#tasks.named(name) !== undefined, run });
  }

  #settleOne(settled: SettledRun): void {
    const { name, dueAt, status, at, reason, entry } = settled;
    const found = this.#find(name, dueAt);
    if (!found || !isOpen(found)) return;
    const { run } = found;
    this.#save({ ...found, run: { ...run, status, settledAt: at, reason: reason?.replaceAll('\0', '') ?? null } });
    if (!entry) return;
    const { rowId, schedule } = entry;
    const nextRunAt = entry.nextRunAt && entry.nextRunAt <= LAST_DATE ? entry.nextRunAt : null;
    const state: ScheduleState = { lastDueAt: dueAt, sentAt: at, lastTaskId: run.taskId, schedule, nextRunAt };
    if (rowId === undefined) this.#states.set(name, deepCopy(laterOf(this.#states.get(name), state)));
    else this.#tasks.record(rowId, (row) => afterRun(row, settled, laterOf(row.state, state)));
  }

  #find(name: string, dueAt: Date): StoredRun | undefined {
    return this.#runs.get(name)?.get(dueAt.getTime());
  }

  #save(stored: StoredRun): StoredRun {
    const { name, dueAt } = stored.run;
    const runs = this.#runs.get(name) ?? new Map<number, StoredRun>();
    runs.set(dueAt.getTime(), deepCopy(stored));
    this.#runs.set(name, runs);
    return stored;
  }

  #all(): StoredRun[] {
    return [...this.#runs.values()].flatMap((runs) => [...runs.values()]);
  }
}

function isOpen({ run }: StoredRun): boolean {
  return run.status === 'claimed';
}

function claimOf({ run: { name, dueAt, taskId } }: StoredRun): Claim {
  return deepCopy({ name, dueAt, taskId });
}

/** Of so many due times the latest may be asked for again. */
function keptRuns(row: PeriodicTaskRow | undefined): number {
  const { misfire, misfireCap = DEFAULT_POLICY.misfireCap } = row?.policy ?? {};
  return !row || misfire === 'fire-all' ? misfireCap : 1;
}

/** Whatever became of it, the entry has come so far; only what was sent is counted. */
function afterRun(
  row: PeriodicTaskRow,
  { status, at, entry }: SettledRun,
  state: ScheduleState,
): Partial<PeriodicTaskRow> {
  if (entry?.isOver) return { state, enabled: false, totalRunCount: 0, lastRunAt: null, dateChanged: at };
  const totalRunCount = Math.min(row.totalRunCount + (status === 'sent' ? 1 : 0), MAX_RUN_COUNT);
  return { state, totalRunCount, lastRunAt: row.enabled ? state.sentAt : null };
}

/** A claim that is taken up late does not set an entry back. */
function laterOf(before: ScheduleState | null | undefined, after: ScheduleState): ScheduleState {
  return before && before.lastDueAt > after.lastDueAt ? before : after;
}
