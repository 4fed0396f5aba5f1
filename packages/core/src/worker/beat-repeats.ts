import type { CeleryApp } from '../app/celery-app.js';
import { LOST_CHILDREN } from '../protocol/task-headers.js';
import { RecentIds } from './recent-ids.js';
import type { Request } from './request.js';
import type { WorkerLog } from './worker-log.js';

/** Ids that a worker remembers by itself, where no result backend does it for all workers. */
const REMEMBERED = 1000;

/** A beat that is killed between publish and mark sends its message again, under the same id: that one is not run a second time. */
export class BeatRepeats {
  readonly #here = new RecentIds(REMEMBERED);

  constructor(
    private readonly app: CeleryApp,
    private readonly log: WorkerLog,
  ) {}

  /** Whether it may be one: sent by a beat, not by a retry, nor anew by a worker after a child was lost. */
  concerns({ message, received }: Request): boolean {
    const { periodic_task_name: entry, retries } = message.headers;
    return typeof entry === 'string' && retries === 0 && received.headers[LOST_CHILDREN] === undefined;
  }

  /** Asked just before the start: what waits or goes back to its queue has not begun. True: do not run it. Never rejects. */
  async isRepeat(request: Request): Promise<boolean> {
    const isFirst = await this.#isFirst(request);
    if (isFirst || request.source.redelivered || wasRefusedBefore(request)) return false;
    const entry = request.message.headers.periodic_task_name;
    this.log.say(
      'INFO',
      `${request.label} is dropped: beat has sent it twice for '${entry}', and it has begun before under this id.`,
    );
    return true;
  }

  /** Rather twice than not at all: a store that cannot be asked has seen nothing. */
  async #isFirst({ id, label }: Request): Promise<boolean> {
    try {
      return await (this.app.backend?.once ?? this.#here).first(id);
    } catch (error) {
      this.log.say('WARNING', `${label} is run without knowing whether it has begun before: ${String(error)}`);
      return true;
    }
  }
}

/** RabbitMQ brings it from a dead letter queue: it is the one message that was refused, not a second one. */
function wasRefusedBefore({ received }: Request): boolean {
  const deaths = received.headers['x-death'];
  return Array.isArray(deaths) && deaths.some((death) => isRefusal(death));
}

/** Messages that waited for their eta have expired in a delay queue, and nothing else. */
function isRefusal(death: unknown): boolean {
  return typeof death === 'object' && death !== null && 'reason' in death && death.reason !== 'expired';
}
