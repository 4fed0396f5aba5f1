import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { PeriodicTaskRow, PeriodicTaskStore } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';
import type { FieldProblems } from '../periodic-tasks/check-policy.js';
import { readObject } from '../periodic-tasks/json-columns.js';
import { readRow } from './row-entry.js';
import type { CodeOptions, ReadRow } from './row-entry.js';
import { RowNames } from './row-names.js';
import type { ScheduleCache } from './schedule-cache.js';
import type { ScheduleEntry } from './schedule-entry.js';
import type { EditedEntries } from './schedule-store.js';
import { SharedValues } from './shared-values.js';

export interface RowEntriesDeps {
  readonly tasks: Pick<PeriodicTaskStore, 'page' | 'find' | 'update'>;
  readonly schedules: ScheduleCache;
  readonly codeOptions: CodeOptions;
  /** Names of entries that live in code: rows of these names are left over from before. */
  readonly codeOnly: ReadonlySet<string>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Rows that are read at once: more are no faster, and what they leave behind outlives them. */
const PAGE = 200;

/** The entries of the rows, and which rows cannot be used. */
export class RowEntries {
  readonly #deps: RowEntriesDeps;
  readonly #names = new RowNames();
  readonly #shared = new SharedValues();
  /** What was said of rows that cannot be used. */
  readonly #reported = new Map<number, string>();

  constructor(deps: RowEntriesDeps) {
    this.#deps = deps;
  }

  /** Every enabled row that can be used. */
  async all(): Promise<readonly ScheduleEntry[]> {
    return (await this.allEdited()).upserted;
  }

  /** Every row as it is now. */
  async allEdited(): Promise<EditedEntries> {
    const upserted = await this.#readAll();
    return { upserted, removed: this.#names.replaceAll(upserted) };
  }

  /** The rows of these ids as they are now. */
  async edited(ids: readonly number[]): Promise<EditedEntries> {
    const upserted: ScheduleEntry[] = [];
    for (let start = 0; start < ids.length; start += PAGE) {
      await this.#readInto(upserted, await this.#deps.tasks.find({ ids: ids.slice(start, start + PAGE) }));
    }
    const entries = upserted.map((entry) => this.#appeared(entry));
    return { upserted: entries, removed: this.#names.replace(ids, entries) };
  }

  /** One that has run before was disabled or broken until now: what was due meanwhile is not made up for. */
  #appeared(entry: ScheduleEntry): ScheduleEntry {
    const now = this.#deps.clock.now();
    const isNew = entry.rowId !== undefined && !this.#names.has(entry.rowId);
    return isNew && entry.lastRunAt && entry.since < now ? entry.from(now) : entry;
  }

  /** It is not loaded again; Django's scheduler leaves a one-off so that it can be enabled for another run. Not if it expires later by now. */
  async retire({ rowId, oneOff }: ScheduleEntry): Promise<void> {
    if (rowId === undefined) return;
    const [row] = oneOff ? [] : await this.#deps.tasks.find({ ids: [rowId] });
    if (row?.expires && row.expires > this.#deps.clock.now()) return;
    await this.#deps.tasks.update(rowId, { enabled: false, lastRunAt: null, ...(oneOff && { totalRunCount: 0 }) });
  }

  async #readAll(): Promise<ScheduleEntry[]> {
    const entries: ScheduleEntry[] = [];
    for (let last = 0; ;) {
      const rows = await this.#deps.tasks.page(last, PAGE);
      await this.#readInto(entries, rows);
      const end = rows.at(-1);
      if (!end || rows.length < PAGE) return entries;
      last = end.id;
    }
  }

  /** Nothing is awaited, and hardly anything made, for a row that can be used. */
  async #readInto(entries: ScheduleEntry[], rows: readonly PeriodicTaskRow[]): Promise<void> {
    for (const row of rows) {
      const read = row.enabled ? this.#entryOf(row) : undefined;
      if (read && 'problems' in read) {
        await this.#report(row, read.problems);
        continue;
      }
      this.#reported.delete(row.id);
      if (!read) continue;
      if (row.oneOff && row.totalRunCount > 0) await this.#disable(row, () => this.retire(read.entry));
      else entries.push(read.entry);
    }
  }

  #entryOf(row: PeriodicTaskRow): ReadRow {
    const { codeOnly, schedules, codeOptions } = this.#deps;
    if (!codeOnly.has(row.name)) return readRow(row, schedules, codeOptions, this.#shared);
    return { problems: { name: ['The entry of this name is in code, as no table can hold it. Delete the row.'] } };
  }

  /** Once for each state of a row. Those that Django's scheduler disables are disabled, each time that somebody enables them. */
  async #report(row: PeriodicTaskRow, problems: FieldProblems): Promise<void> {
    const text = Object.entries(problems)
      .map(([field, messages]) => `${field}: ${messages.join(' ')}`)
      .join(' ');
    const disables = row.schedules.length === 0 || !isJson(row.args) || !isJson(row.kwargs);
    if (this.#reported.get(row.id) !== text) {
      const done = disables ? 'disabled' : 'skipped';
      this.#deps.logger.error(
        `beat: the periodic task '${row.name}' (id ${row.id}) cannot be used and is ${done}. ${text}`,
      );
    }
    this.#reported.set(row.id, text);
    if (disables) await this.#disable(row, () => this.#deps.tasks.update(row.id, { enabled: false, lastRunAt: null }));
  }

  async #disable(row: PeriodicTaskRow, disable: () => Promise<unknown>): Promise<void> {
    await disable().catch((error: unknown) => {
      this.#deps.logger.warn(`beat: the periodic task '${row.name}' cannot be disabled: ${reasonOf(error)}`);
    });
  }
}

function isJson(text: string): boolean {
  try {
    readObject(text);
    return true;
  } catch {
    return false;
  }
}
