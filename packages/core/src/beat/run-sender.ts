import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { isCeleryError } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import type { Term } from './leadership.js';
import type { OverlapGuard } from './overlap.js';
import type { ScheduleEntry } from './schedule-entry.js';
import { verdictOn } from './verdict.js';

/** What would be refused again in an hour. All else is tried again: brokers come back, queues are bound, rights are given. */
const FINAL: ReadonlySet<string> = new Set([
  'ENCODE_ERROR',
  'IMPROPERLY_CONFIGURED',
  'INVALID_TASK',
  'QUEUE_NOT_FOUND',
]);

/** Publishes an entry's task under the id; resolves when the broker has it. */
export type SendEntry = (entry: ScheduleEntry, taskId: string) => Promise<unknown>;

export interface RunSenderDeps {
  readonly send: SendEntry;
  readonly overlap: Pick<OverlapGuard, 'isRunning'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `beatCronStartingDeadline` */
  readonly cronDeadline: number | null;
}

/** What has become of an attempt: sent, left out for good, or to be tried again. */
export type Attempt =
  | { readonly kind: 'sent'; readonly at: Date }
  | LeftOut
  | { readonly kind: 'later' }
  /** The run before has not ended. */
  | { readonly kind: 'busy' };

/** A run that is not sent, and why. */
export interface LeftOut {
  readonly kind: 'skipped' | 'missed' | 'cancelled';
  readonly at: Date;
  readonly reason: string;
}

/** Sends one run, in Celery's words. */
export class RunSender {
  readonly #deps: RunSenderDeps;

  constructor(deps: RunSenderDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async attempt(entry: ScheduleEntry, claim: Claim, term: Pick<Term, 'isValid'>): Promise<Attempt> {
    const { clock, cronDeadline } = this.#deps;
    try {
      const verdict = verdictOn(entry, claim.dueAt, clock.now(), cronDeadline) ?? (await this.#overlaps(entry));
      if (verdict === 'busy') return { kind: 'busy' };
      if (verdict) return this.#leftOut(entry, claim, verdict);
      // its claim is another's to send by now, under the same id
      if (!term.isValid()) return { kind: 'later' };
      await this.#publish(entry, claim);
      return { kind: 'sent', at: clock.now() };
    } catch (error) {
      return this.#failed(entry, error);
    }
  }

  async #overlaps(entry: ScheduleEntry): Promise<Omit<LeftOut, 'at'> | 'busy' | undefined> {
    if (!(await this.#deps.overlap.isRunning(entry))) return undefined;
    if (entry.policy.overlap === 'buffer-one') return 'busy';
    return { kind: 'skipped', reason: `the run before, ${entry.lastTaskId}, has not ended` };
  }

  #leftOut({ name }: ScheduleEntry, { dueAt }: Claim, { kind, reason }: Omit<LeftOut, 'at'>): LeftOut {
    const { clock, logger } = this.#deps;
    logger.warn(`beat: ${name} was due at ${dueAt.toISOString()} and is left out: ${reason}.`);
    return { kind, reason, at: clock.now() };
  }

  async #publish(entry: ScheduleEntry, { taskId }: Claim): Promise<void> {
    const { send, logger } = this.#deps;
    logger.log(`Scheduler: Sending due task ${entry.name} (${entry.task})`);
    await send(entry, taskId);
    logger.debug(`${entry.task} sent. id->${taskId}`);
  }

  #failed({ name }: ScheduleEntry, error: unknown): Attempt {
    const { clock, logger } = this.#deps;
    const again = !(error instanceof TypeError || (isCeleryError(error) && FINAL.has(error.code)));
    const what = again ? 'trying again' : 'this run is given up';
    logger.error(`Message Error: Couldn't apply scheduled task ${name}, ${what}: ${reasonOf(error)}`);
    return again ? { kind: 'later' } : { kind: 'cancelled', at: clock.now(), reason: reasonOf(error) };
  }
}
