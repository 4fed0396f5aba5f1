import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Claim, SettledRun } from '../contracts/periodic-tasks.js';
import { entryOfDefinition } from './definition-entry.js';
import type { Progress } from './definition-entry.js';
import type { CompiledDefinition } from './schedule-definition.js';
import type { FiledEntries, FiledEntry, ScheduleFile } from './schedule-file.js';
import type { LoadedSchedule, ScheduleStore } from './schedule-store.js';

export interface CodeScheduleStoreDeps {
  readonly definitions: readonly CompiledDefinition[];
  /** Where progress is kept; missing: nowhere, and each start counts anew, so that nothing is sent at the start itself. */
  readonly file?: Pick<ScheduleFile, 'path' | 'load' | 'save'> | undefined;
  /** `beatSyncEvery` */
  readonly syncEvery?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds after which a file that is written after so many runs is written anyway. Celery's `sync_every`. */
const SYNC_EVERY = 180_000;

/**
 * The entries of configuration and decorators, with their progress in a file. Celery's `Scheduler` and `PersistentScheduler`.
 * With `syncEvery` 0 the file knows of each run before it is sent, so that a crash neither loses nor doubles it.
 */
export class CodeScheduleStore implements ScheduleStore {
  readonly title: string;
  readonly maxInterval = 300;
  readonly #deps: CodeScheduleStoreDeps;
  #filed = new Map<string, FiledEntry>();
  /** Runs that the file does not know of. */
  #unsaved = 0;
  #savedAt = 0;
  #saving = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(deps: CodeScheduleStoreDeps) {
    this.#deps = deps;
    this.title = deps.file ? `file ${deps.file.path}` : 'memory';
  }

  async open(): Promise<void> {
    const known: FiledEntries = (await this.#deps.file?.load()) ?? new Map();
    const names = new Set(this.#deps.definitions.map(({ name }) => name));
    this.#filed = new Map([...known].filter(([name]) => names.has(name)));
    this.#savedAt = this.#deps.clock.monotonic();
  }

  /** From here on every entry counts, the new ones too: a restart before their first run changes nothing. */
  async load(now: Date): Promise<LoadedSchedule> {
    const { definitions } = this.#deps;
    for (const { name, enabled } of definitions) if (!enabled) this.#forget(name);
    const enabled = definitions.filter((definition) => definition.enabled);
    const all = enabled.map((definition) => entryOfDefinition(definition, this.#of(definition.name).progress, now));
    const entries = all.filter((entry) => !entry.oneOff || entry.totalRunCount === 0);
    for (const { name, since, schedule, lastRunAt, lastTaskId, totalRunCount } of entries) {
      this.#note(name, { since, schedule: schedule.describe(), lastRunAt, lastTaskId, totalRunCount });
    }
    await this.#save();
    const unfinished = [...this.#filed].flatMap(([name, { claims }]) => claims.map((claim) => ({ name, ...claim })));
    return { entries, unfinished };
  }

  async claim(runs: readonly Claim[]): Promise<readonly Claim[]> {
    const claimed = runs.map((run) => this.#claim(run));
    if (this.#writesAlways) await this.#save();
    return claimed;
  }

  async settle(runs: readonly SettledRun[]): Promise<void> {
    for (const run of runs) this.#settle(run);
    if (this.#unsaved > 0 && (this.#writesAlways || this.#isToBeWritten)) await this.#save();
  }

  async retire(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#unsaved > 0) await this.#save();
  }

  get #writesAlways(): boolean {
    return !this.#deps.syncEvery;
  }

  get #isToBeWritten(): boolean {
    const { clock, syncEvery = 0 } = this.#deps;
    return this.#unsaved >= syncEvery || clock.monotonic() - this.#savedAt > SYNC_EVERY;
  }

  #of(name: string): FiledEntry {
    return this.#filed.get(name) ?? { claims: [] };
  }

  #note(name: string, progress: Progress): void {
    this.#filed.set(name, { ...this.#of(name), progress });
  }

  /** One that is disabled begins to count when it is enabled. */
  #forget(name: string): void {
    this.#filed.set(name, { claims: this.#of(name).claims });
  }

  /** A due time that was claimed and could not be written keeps the id of then. */
  #claim({ name, dueAt, taskId }: Claim): Claim {
    const filed = this.#of(name);
    const before = filed.claims.find((claim) => claim.dueAt.getTime() === dueAt.getTime());
    if (before) return { name, ...before };
    this.#filed.set(name, { ...filed, claims: [...filed.claims, { dueAt, taskId }] });
    return { name, dueAt, taskId };
  }

  #settle(run: SettledRun): void {
    const { claims, progress } = this.#of(run.name);
    const open = claims.filter((claim) => claim.taskId !== run.taskId);
    if (open.length === claims.length) return; // it was marked before, and could not be written
    this.#unsaved += 1;
    this.#filed.set(run.name, { claims: open, progress: progress && progressAfter(progress, run) });
  }

  /** Writes follow one another; what comes during one is in the next, and those who wait for it share it. */
  #save(): Promise<void> {
    this.#next ??= this.#saving.catch(() => {}).then(() => this.#saveNow());
    return this.#next;
  }

  #saveNow(): Promise<void> {
    const { file, clock, logger } = this.#deps;
    this.#next = undefined;
    if (!file) return Promise.resolve();
    logger.debug('beat: Synchronizing schedule...');
    const unsaved = this.#unsaved;
    this.#saving = file.save(new Map(this.#filed)).then(() => {
      this.#unsaved -= unsaved;
      this.#savedAt = clock.monotonic();
    });
    return this.#saving;
  }
}

/** Whatever became of the run, its due time is over; a claim that is taken up late does not set the entry back. */
function progressAfter(progress: Progress, { dueAt, taskId, status, at, entry }: SettledRun): Progress {
  const since = dueAt > progress.since ? dueAt : progress.since;
  if (status !== 'sent') return { ...progress, since };
  const { schedule, totalRunCount } = progress;
  return {
    since,
    schedule: entry?.schedule ?? schedule,
    lastRunAt: at,
    lastTaskId: taskId,
    totalRunCount: totalRunCount + 1,
  };
}
