import type { Clock } from '../contracts/clock.js';
import type {
  PeriodicTaskChange,
  PeriodicTaskQuery,
  PeriodicTaskRow,
  PeriodicTaskStore,
} from '../contracts/periodic-tasks.js';
import { DuplicateName } from '../errors/schedule-errors.js';
import { COLUMN_DEFAULTS } from '../periodic-tasks/column-defaults.js';
import { deepCopy } from './deep-copy.js';

/** The periodic tasks of one `memory://` name. Everybody gets copies. */
export class MemoryPeriodicTasks implements PeriodicTaskStore {
  readonly #clock: Clock;
  readonly #edited: (id: number) => void;
  /** In order of the id: a row keeps its place when it is replaced. */
  readonly #rows = new Map<number, PeriodicTaskRow>();
  readonly #ids = new Map<string, number>();
  #lastId = 0;

  constructor(clock: Clock, edited: (id: number) => void) {
    this.#clock = clock;
    this.#edited = edited;
  }

  async page(afterId: number, limit: number): Promise<readonly PeriodicTaskRow[]> {
    const page: PeriodicTaskRow[] = [];
    for (const row of this.#rows.values()) {
      if (page.length >= limit) break;
      if (row.enabled && row.id > afterId) page.push(deepCopy(row));
    }
    return page;
  }

  async find(by: Parameters<PeriodicTaskStore['find']>[0]): Promise<readonly PeriodicTaskRow[]> {
    const ids = 'ids' in by ? by.ids : by.names.map((name) => this.#ids.get(name));
    const rows = [...new Set(ids)].map((id) => id !== undefined && this.#rows.get(id));
    return rows.filter((row) => row !== undefined && row !== false).map((row) => deepCopy(row));
  }

  async list(query: PeriodicTaskQuery): ReturnType<PeriodicTaskStore['list']> {
    const found = [...this.#rows.values()].filter((row) => matches(row, query));
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    const rows = found.slice(query.offset, query.offset + query.limit);
    return { rows: rows.map((row) => deepCopy(row)), total: found.length };
  }

  async insert(fields: Parameters<PeriodicTaskStore['insert']>[0]): Promise<number> {
    this.#refuseDuplicate(fields.name);
    const id = (this.#lastId += 1);
    this.#save({ ...COLUMN_DEFAULTS, ...fields, id, dateChanged: this.#clock.now() });
    this.#edited(id);
    return id;
  }

  async update(id: number, change: PeriodicTaskChange): Promise<boolean> {
    const row = this.#rows.get(id);
    if (!row) return false;
    if (change.name !== undefined && change.name !== row.name) this.#refuseDuplicate(change.name);
    this.#ids.delete(row.name);
    this.#save({ ...row, ...change, dateChanged: this.#clock.now() });
    this.#edited(id);
    return true;
  }

  async remove(id: number): Promise<boolean> {
    const row = this.#rows.get(id);
    if (!row) return false;
    this.#rows.delete(id);
    this.#ids.delete(row.name);
    this.#edited(id);
    return true;
  }

  /** The row itself. */
  named(name: string): PeriodicTaskRow | undefined {
    const id = this.#ids.get(name);
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** What beat writes: no edit, nobody is told. */
  record(id: number, change: (row: PeriodicTaskRow) => Partial<PeriodicTaskRow>): void {
    const row = this.#rows.get(id);
    if (row) this.#save({ ...row, ...change(row) });
  }

  #save(row: PeriodicTaskRow): void {
    this.#rows.set(row.id, deepCopy(row));
    this.#ids.set(row.name, row.id);
  }

  #refuseDuplicate(name: string): void {
    if (this.#ids.has(name)) throw new DuplicateName(name);
  }
}

function matches({ name, task, enabled }: PeriodicTaskRow, { search = '', ...query }: PeriodicTaskQuery): boolean {
  if (query.enabled !== undefined && query.enabled !== enabled) return false;
  return [name, task].some((text) => text.toLowerCase().includes(search.toLowerCase()));
}
