import type { Clock } from '../contracts/clock.js';
import type { Logger } from '../contracts/logger.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { READY_STATES } from '../protocol/states.js';
import type { ScheduleEntry } from './schedule-entry.js';

/** Seconds after which a run that nobody has heard of is taken to be over, where results do not expire. */
const DAY = 86_400;

export interface OverlapDeps {
  readonly backend: Pick<ResultBackend, 'connect' | 'getMany'> | undefined;
  /** `resultExpires`: after that nobody can know any more. */
  readonly resultExpires: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Knows whether an entry's last run has ended: by its result. What is asked in one turn is looked up together. */
export class OverlapGuard {
  readonly #deps: OverlapDeps;
  #hasWarned = false;
  #asked = new Set<string>();
  #answer: Promise<ReadonlySet<string>> | undefined;

  constructor(deps: OverlapDeps) {
    this.#deps = deps;
  }

  /** The last run is waiting, running or about to be tried again. @throws BackendUnavailable, BackendGetMetaError */
  async isRunning({ policy, lastTaskId, lastRunAt }: ScheduleEntry): Promise<boolean> {
    if (policy.overlap === 'allow' || lastTaskId === undefined || lastRunAt === undefined) return false;
    const { backend, clock, resultExpires } = this.#deps;
    if (!backend) return this.#unknown();
    const age = clock.now().getTime() - lastRunAt.getTime();
    if (age > (resultExpires || DAY) * 1000) return false;
    this.#asked.add(lastTaskId);
    this.#answer ??= this.#lookUp(backend);
    return !(await this.#answer).has(lastTaskId);
  }

  /** Those that have ended, of all that is asked in this turn. */
  async #lookUp(backend: NonNullable<OverlapDeps['backend']>): Promise<ReadonlySet<string>> {
    await Promise.resolve();
    const asked = [...this.#asked];
    this.#asked = new Set();
    this.#answer = undefined;
    await backend.connect();
    const metas = await backend.getMany(asked);
    return new Set(asked.filter((id) => READY_STATES.has(metas.get(id)?.status ?? 'PENDING')));
  }

  #unknown(): false {
    if (!this.#hasWarned) {
      this.#deps.logger.warn('beat: overlap needs a result backend, and there is none: runs may overlap.');
    }
    this.#hasWarned = true;
    return false;
  }
}
