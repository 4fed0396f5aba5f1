import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { ScheduleEdit } from '../contracts/periodic-tasks.js';
import { reasonOf } from '../errors/reason-of.js';

/** Milliseconds until an edit that could not be read is read again. */
const AGAIN_AFTER = 1000;

export interface RowEditsDeps {
  /** Reads what was edited and hands it on. */
  readonly take: (edit: ScheduleEdit) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes over edits one after the other; what comes during one is taken together, and one that cannot be read just now is read later. */
export class RowEdits {
  readonly #deps: RowEditsDeps;
  readonly #quit = new AbortController();
  #ids = new Set<number>();
  #isAll = false;
  /** Nothing is read yet: what a row was is not known before all are loaded. */
  #isHeld = true;
  #running: Promise<void> | undefined;

  constructor(deps: RowEditsDeps) {
    this.#deps = deps;
  }

  add(edit: ScheduleEdit): void {
    if (edit === 'all') this.#isAll = true;
    else for (const id of edit.ids) this.#ids.add(id);
    this.#begin();
  }

  /** From here on they are read. */
  release(): void {
    this.#isHeld = false;
    this.#begin();
  }

  async stop(): Promise<void> {
    this.#quit.abort();
    await this.#running;
  }

  #begin(): void {
    if (!this.#isHeld && this.#isWaiting) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isWaiting && !this.#quit.signal.aborted) {
      const edit = this.#isAll ? 'all' : { ids: [...this.#ids] };
      this.#isAll = false;
      this.#ids = new Set();
      await this.#deps.take(edit).catch((error: unknown) => this.#again(edit, error));
    }
    this.#running = undefined; // in the turn of the last look, so that nothing is added unseen
  }

  get #isWaiting(): boolean {
    return this.#isAll || this.#ids.size > 0;
  }

  async #again(edit: ScheduleEdit, error: unknown): Promise<void> {
    const { clock, logger } = this.#deps;
    if (this.#quit.signal.aborted) return;
    logger.warn(`beat: an edit of the schedule could not be read, trying again: ${reasonOf(error)}`);
    if (edit === 'all') this.#isAll = true;
    else for (const id of edit.ids) this.#ids.add(id);
    await clock.sleep(AGAIN_AFTER, this.#quit.signal).catch(() => {});
  }
}
