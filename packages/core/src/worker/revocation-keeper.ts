import type { CeleryApp } from '../app/celery-app.js';
import type { RevocationLimits } from '../app/revocation-limits.js';
import type { Service } from '../contracts/service.js';
import type { RevocationStore } from '../contracts/side-stores.js';
import type { Revocations } from './revocations.js';
import type { StateFile } from './state-file.js';
import { within } from '../time/within.js';
import type { WorkerLog } from './worker-log.js';
import { fromNow } from '../time/from-now.js';

export interface RevocationKeeperDeps {
  readonly app: CeleryApp;
  readonly revocations: Revocations;
  readonly limits: RevocationLimits;
  /** Undefined: none was asked for. */
  readonly file: StateFile | undefined;
  readonly log: WorkerLog;
}

/** Milliseconds that the consumer waits for the table after it has connected. */
const PATIENCE_MS = 5000;

/** Keeps revoked ids over restarts: in a file, and in a table where the backend has one. Celery's `worker.state.Persistent`. */
export class RevocationKeeper implements Service {
  readonly #deps: RevocationKeeperDeps;
  #starting: Promise<void> | undefined;
  #started = false;
  /** The write of the file that is under way. */
  #saving: Promise<void> | undefined;
  #changed = false;

  constructor(deps: RevocationKeeperDeps) {
    this.#deps = deps;
  }

  /** Reads the file, and finds out whether it can be written. @throws ImproperlyConfigured */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Takes over what was revoked while this worker did not hear of it. Never rejects; a slow table is not waited for. */
  async refresh(): Promise<void> {
    const { clock, backend } = this.#deps.app;
    if (!backend?.revocations) return;
    await within(fromNow(clock, PATIENCE_MS), clock, this.#load(backend.revocations));
  }

  /** Revokes the ids at once; resolves when they are kept. Never rejects. */
  async add(ids: readonly string[]): Promise<void> {
    this.#deps.revocations.add(ids);
    await Promise.all([this.#save(), this.#store(ids)]);
  }

  async stop(): Promise<void> {
    if (this.#started) await this.#save();
  }

  async #start(): Promise<void> {
    const { file, app, revocations } = this.#deps;
    if (!file) return;
    const { clock, revoked } = await file.load();
    app.logicalClock.adjust(clock);
    revocations.merge(revoked);
    await file.save(this.#state());
    this.#started = true;
  }

  async #load(table: RevocationStore): Promise<void> {
    const { app, revocations, limits, log } = this.#deps;
    try {
      const now = app.clock.now();
      const ids = await table.load(now, limits.max);
      revocations.merge(ids.filter((id) => !revocations.has(id)).map((id) => [id, now.getTime()]));
    } catch (error) {
      log.say('ERROR', `The table of revoked tasks cannot be read; the next connection tries again: ${String(error)}`);
    }
  }

  async #store(ids: readonly string[]): Promise<void> {
    const { app, limits, log } = this.#deps;
    try {
      const until = fromNow(app.clock, limits.expires * 1000);
      await app.backend?.revocations?.add(ids, until);
    } catch (error) {
      log.say('ERROR', `Revoked tasks are not in their table, so a restart forgets them: ${String(error)}`);
    }
  }

  /** Resolves when the file has what is revoked now: changes that come during one write go out together with the next. */
  async #save(): Promise<void> {
    if (!this.#deps.file) return;
    this.#changed = true;
    while (this.#changed || this.#saving) {
      this.#saving ??= this.#write();
      await this.#saving;
    }
  }

  async #write(): Promise<void> {
    this.#changed = false;
    try {
      await this.#deps.file?.save(this.#state());
    } catch (error) {
      this.#deps.log.say('ERROR', String(error));
    }
    this.#saving = undefined;
  }

  #state() {
    const { app, revocations } = this.#deps;
    return { revoked: revocations.entries(), clock: app.logicalClock.value };
  }
}
