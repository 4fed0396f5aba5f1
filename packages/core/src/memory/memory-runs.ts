import type {
  Claim,
  PeriodicRun,
  PeriodicTaskRow,
  RunStore,
  ScheduleState,
  SettledRun,
} from '../contracts/periodic-tasks.js';
import { deepCopy } from './deep-copy.js';
import type { MemoryLeases } from './memory-leases.js';
import type { MemoryPeriodicTasks } from './memory-periodic-tasks.js';

interface StoredRun {
  readonly fence: string;
  readonly run: PeriodicRun;
}

/** What was due for the beats of one `memory://` name. A call is one step for all others, as a transaction is. */
export class MemoryRuns implements RunStore {
  readonly #leases: MemoryLeases;
  readonly #tasks: MemoryPeriodicTasks;
  /** By name, then by due time. */
  readonly #runs = new Map<string, Map<number, StoredRun>>();
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

  async unfinished(): Promise<readonly Claim[]> {
    return this.#all().filter(isOpen).map(claimOf);
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
    const old = this.#all().filter((stored) => !isOpen(stored) && stored.run.dueAt < before);
    for (const { run } of old) this.#runs.get(run.name)?.delete(run.dueAt.getTime());
    for (const [name, runs] of this.#runs) if (runs.size === 0) this.#runs.delete(name);
    return old.length;
  }

  /** Undefined: the due time is another's, or dealt with. */
  #claimOne({ name, dueAt, taskId }: Claim, fence: string, at: Date): StoredRun | undefined {
    const found = this.#find(name, dueAt);
    if (found) return found.fence === fence && isOpen(found) ? found : undefined;
    const run: PeriodicRun = { name, dueAt, taskId, status: 'claimed', claimedAt: at, settledAt: null, reason: null };
    return this.#save({ fence, run });
  }

  #settleOne(settled: SettledRun): void {
    const { name, dueAt, status, at, reason, entry } = settled;
    const found = this.#find(name, dueAt);
    if (!found || !isOpen(found)) return;
    const { run, fence } = found;
    this.#save({ fence, run: { ...run, status, settledAt: at, reason: reason ?? null } });
    if (!entry) return;
    const { rowId, schedule, nextRunAt } = entry;
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

/** Whatever became of it, the entry has come so far; only what was sent is counted. A row that was renamed meanwhile is another entry. */
function afterRun(
  row: PeriodicTaskRow,
  { name, status, at, entry }: SettledRun,
  latest: ScheduleState,
): Partial<PeriodicTaskRow> {
  const state = row.name === name ? latest : row.state;
  if (entry?.isOver) return { state, enabled: false, totalRunCount: 0, lastRunAt: null, dateChanged: at };
  const totalRunCount = row.totalRunCount + (status === 'sent' ? 1 : 0);
  return { state, totalRunCount, lastRunAt: row.enabled ? latest.sentAt : null };
}

/** A claim that is taken up late does not set an entry back. */
function laterOf(before: ScheduleState | null | undefined, after: ScheduleState): ScheduleState {
  return before && before.lastDueAt > after.lastDueAt ? before : after;
}
