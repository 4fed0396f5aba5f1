import type { CompiledConfig } from '../app/compiled-config.js';
import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type {
  Claim,
  LeaseStore,
  ScheduleDatabase,
  ScheduleEdit,
  ScheduleState,
  SettledRun,
} from '../contracts/periodic-tasks.js';
import { Interval } from '../schedules/interval.js';
import { fitsTable, optionsBesides } from './code-row.js';
import { bringUpToDate } from './code-rows.js';
import { entryOfDefinition, fixedPoint } from './definition-entry.js';
import type { Progress } from './definition-entry.js';
import { RowEdits } from './row-edits.js';
import { RowEntries } from './row-entries.js';
import { ScheduleCache } from './schedule-cache.js';
import type { CompiledDefinition } from './schedule-definition.js';
import type { ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries, LoadedSchedule, ScheduleStore } from './schedule-store.js';

export interface DatabaseScheduleStoreDeps {
  readonly database: ScheduleDatabase;
  readonly definitions: readonly CompiledDefinition[];
  readonly config: Pick<CompiledConfig, 'timezone'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The rows of a database, edited live, among them those that code brings; what no row can hold (cron text, schedules of one's own, lazy
 * arguments) lives in code, and the database keeps its progress. django-celery-beat's `DatabaseScheduler`, without its prefilter by hour.
 */
export class DatabaseScheduleStore implements ScheduleStore {
  readonly title: string;
  readonly maxInterval = 5;
  readonly leases: LeaseStore;
  readonly #deps: DatabaseScheduleStoreDeps;
  readonly #rows: RowEntries;
  /** Definitions that become rows, and those that stay code. */
  readonly #forTable: readonly CompiledDefinition[];
  readonly #codeOnly: readonly CompiledDefinition[];
  /** Those of the term under way. */
  #edits: RowEdits | undefined;

  constructor(deps: DatabaseScheduleStoreDeps) {
    const { database, definitions, config, clock, logger } = deps;
    this.#deps = deps;
    this.title = `database ${database.safeUrl}`;
    this.leases = database.leases;
    this.#forTable = definitions.filter((definition) => fitsTable(definition, config.timezone));
    this.#codeOnly = definitions.filter((definition) => !this.#forTable.includes(definition));
    const codeOptions = new Map(
      this.#forTable.flatMap(({ name, options }) => {
        const besides = optionsBesides(options);
        return besides ? [[name, besides] as const] : [];
      }),
    );
    const schedules = new ScheduleCache(config.timezone);
    const codeOnly = new Set(this.#codeOnly.map(({ name }) => name));
    this.#rows = new RowEntries({ tasks: database.tasks, schedules, codeOptions, codeOnly, clock, logger });
  }

  async open(): Promise<void> {
    const { database, config } = this.#deps;
    await database.open();
    await bringUpToDate(database.tasks, this.#forTable, config.timezone);
  }

  async load(now: Date, fence: string): Promise<LoadedSchedule> {
    const unfinished = await this.#deps.database.runs.unfinished(fence);
    const entries = [...(await this.#rows.all()), ...(await this.#codeEntries(now))];
    this.#edits?.release();
    return { entries, unfinished };
  }

  async watch(onEdit: (edited: EditedEntries) => void): Promise<() => Promise<void>> {
    const { database, clock, logger } = this.#deps;
    const edits = new RowEdits({ take: async (edit) => onEdit(await this.#edited(edit)), clock, logger });
    this.#edits = edits;
    const stop = await database.watch((edit) => edits.add(edit));
    return async () => {
      await stop();
      await edits.stop();
    };
  }

  claim(runs: readonly Claim[], fence: string, at: Date): Promise<readonly Claim[]> {
    return this.#deps.database.runs.claim(runs, fence, at);
  }

  settle(runs: readonly SettledRun[]): Promise<void> {
    return this.#deps.database.runs.settle(runs);
  }

  retire(entry: ScheduleEntry): Promise<void> {
    return this.#rows.retire(entry);
  }

  prune(before: Date): Promise<number> {
    return this.#deps.database.runs.prune(before);
  }

  /** The application closes its database itself. */
  async close(): Promise<void> {}

  #edited(edit: ScheduleEdit): Promise<EditedEntries> {
    return edit === 'all' ? this.#rows.allEdited() : this.#rows.edited(edit.ids);
  }

  async #codeEntries(now: Date): Promise<ScheduleEntry[]> {
    const enabled = this.#codeOnly.filter((definition) => definition.enabled);
    if (enabled.length === 0) return [];
    const states = await this.#deps.database.runs.states(enabled.map(({ name }) => name));
    const entries = enabled.map((definition) =>
      entryOfDefinition(definition, progressOf(definition, states.get(definition.name), now), now),
    );
    return entries.filter((entry) => !entry.oneOff || entry.totalRunCount === 0);
  }
}

/** Nothing is kept before the first run: until then an interval counts from fixed points, so that no restart puts it off. */
function progressOf(
  { schedule, startTime }: CompiledDefinition,
  state: ScheduleState | undefined,
  now: Date,
): Progress | undefined {
  const run = state && { ...state, since: state.lastDueAt, lastRunAt: state.sentAt, totalRunCount: 1 };
  const goesOn = state?.schedule === schedule.describe();
  if (goesOn || startTime || !(schedule instanceof Interval)) return run;
  return { totalRunCount: 0, ...run, since: fixedPoint(schedule, now), schedule: schedule.describe() };
}
