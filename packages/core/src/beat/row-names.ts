import type { ScheduleEntry } from './schedule-entry.js';

/** Which row has which name. Rows may swap names, and are read one after the other: a name is that of the row that was read with it last. */
export class RowNames {
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number>();

  has(id: number): boolean {
    return this.#names.has(id);
  }

  /** The rows of these ids are these entries now. @returns names that are no row's any more */
  replace(ids: readonly number[], entries: readonly ScheduleEntry[]): string[] {
    const before = ids.flatMap((id) => this.#forget(id));
    return this.#note(entries, before);
  }

  /** All rows are these entries now. @returns names that are no row's any more */
  replaceAll(entries: readonly ScheduleEntry[]): string[] {
    const before = [...this.#ids.keys()];
    this.#names.clear();
    this.#ids.clear();
    return this.#note(entries, before);
  }

  /** The name, if it was the row's own. */
  #forget(id: number): string[] {
    const name = this.#names.get(id);
    this.#names.delete(id);
    if (name === undefined || this.#ids.get(name) !== id) return [];
    this.#ids.delete(name);
    return [name];
  }

  #note(entries: readonly ScheduleEntry[], before: readonly string[]): string[] {
    for (const { name, rowId } of entries) {
      if (rowId === undefined) continue;
      this.#names.set(rowId, name);
      this.#ids.set(name, rowId);
    }
    return before.filter((name) => !this.#ids.has(name));
  }
}
