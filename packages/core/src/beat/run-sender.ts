import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { Claim } from '../contracts/periodic-tasks.js';
import { isCeleryError } from '../errors/celery-error.js';
import { reasonOf } from '../errors/reason-of.js';
import type { Term } from './leadership.js';
import type { OverlapGuard } from './overlap.js';
import type { ScheduleEntry } from './schedule-entry.js';

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
}

/** What has become of an attempt: sent, left out for good, or to be tried again. */
export type Attempt =
  | { readonly kind: 'sent'; readonly at: Date }
  | { readonly kind: 'skipped' | 'cancelled'; readonly at: Date; readonly reason: string }
  | { readonly kind: 'later' }
  /** The run before has not ended. */
  | { readonly kind: 'busy' };

/** Sends one run, in Celery's words. */
export class RunSender {
  readonly #deps: RunSenderDeps;

  constructor(deps: RunSenderDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async attempt(entry: ScheduleEntry, claim: Claim, term: Pick<Term, 'isValid'>): Promise<Attempt> {
    const { clock, overlap } = this.#deps;
    try {
      if (await overlap.isRunning(entry)) {
        if (entry.policy.overlap === 'buffer-one') return { kind: 'busy' };
        const reason = `the run before, ${entry.lastTaskId}, has not ended`;
        this.#deps.logger.log(`beat: ${entry.name} is left out: ${reason}.`);
        return { kind: 'skipped', at: clock.now(), reason };
      }
      // its claim is another's to send by now, under the same id
      if (!term.isValid()) return { kind: 'later' };
      await this.#publish(entry, claim);
      return { kind: 'sent', at: clock.now() };
    } catch (error) {
      return this.#failed(entry, error);
    }
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
