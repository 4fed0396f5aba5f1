import type { Cancel, Clock, Logger, ScheduleEdit } from '@nestjs-celery/core';
import { NotificationListener } from '../notification-listener.js';
import { reasonOf } from '../pg-errors.js';
import { EditPoll } from './edit-poll.js';
import { EditedRows } from './edited-rows.js';
import type { ScheduleSession } from './schedule-session.js';

export interface WatchDeps {
  readonly session: ScheduleSession;
  readonly notify: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEdit: (edit: ScheduleEdit) => void;
}

/** Between two polls while nobody tells of edits, which are seen within a second. */
const POLL_MS = 900;
/** And while triggers do: for what they cannot tell, as where somebody has turned them off. */
const SAFETY_POLL_MS = 60_000;
/** Edits that come within this time are told together. */
const GATHER_MS = 10;

/** Tells of edits: at once where triggers tell of them and the connection to hear them is there, else by a poll each second. */
export class EditWatch {
  readonly #deps: WatchDeps;
  readonly #poll: EditPoll;
  readonly #rows: EditedRows;
  readonly #listener: NotificationListener | undefined;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #isListening = false;
  /** Something may have been missed: 'all' is told as soon as the database answers. */
  #wasAway = false;
  #cancelGathering: Cancel | undefined;
  #running: Promise<void> | undefined;
  #telling: Promise<void> = Promise.resolve();

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#poll = new EditPoll(deps.session);
    this.#rows = new EditedRows(deps.session);
    if (deps.notify && deps.session.layout.hasTriggers) this.#listener = this.#makeListener();
  }

  /** Resolves when no later edit is missed. @throws BackendUnavailable, BackendStoreError */
  async start(): Promise<void> {
    await this.#deps.session.retrying(() => this.#poll.look());
    this.#listener?.start();
    this.#running = this.#run();
  }

  /** May be called twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    this.#cancelGathering?.();
    await Promise.all([this.#listener?.stop(), this.#running]);
    await this.#telling;
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#stopping.signal.aborted) {
      await clock.sleep(this.#isListening ? SAFETY_POLL_MS : POLL_MS, this.#wake.signal).catch(() => {});
      this.#wake = new AbortController(); // whoever wakes it during the look has it look again
      if (!this.#stopping.signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      const edit = await this.#poll.look();
      if (this.#wasAway) this.#tell('all');
      else if (edit) this.#tell(edit);
      this.#wasAway = false;
    } catch (error) {
      this.#wasAway = true;
      this.#deps.logger.debug(`No look for edits of schedules: ${reasonOf(error)}`);
    }
  }

  #makeListener(): NotificationListener {
    const { session, clock, logger } = this.#deps;
    const { pool, layout } = session;
    return new NotificationListener({
      openClient: () => new pool.Client(pool.options),
      channel: layout.channel,
      subject: 'schedules',
      clock,
      logger,
      onMessage: (payload) => this.#gather(payload),
      onListening: () => this.#listens(true),
      onLost: () => this.#listens(false),
    });
  }

  /** What was told before that, nobody heard: a poll finds it. */
  #listens(isListening: boolean): void {
    if (this.#isListening && !isListening) this.#wasAway = true;
    this.#isListening = isListening;
    this.#wake.abort();
  }

  #gather(payload: string): void {
    this.#rows.add(payload);
    this.#cancelGathering ??= this.#deps.clock.at(new Date(this.#deps.clock.now().getTime() + GATHER_MS), () => {
      this.#cancelGathering = undefined;
      this.#telling = this.#telling.then(() => this.#tellGathered());
    });
  }

  async #tellGathered(): Promise<void> {
    try {
      const edit = await this.#rows.take();
      if (edit) this.#tell(edit);
    } catch (error) {
      this.#deps.logger.debug(`No look for edited schedules: ${reasonOf(error)}`);
      this.#wasAway = true;
      this.#wake.abort();
    }
  }

  #tell(edit: ScheduleEdit): void {
    if (!this.#stopping.signal.aborted) this.#deps.onEdit(edit);
  }
}
