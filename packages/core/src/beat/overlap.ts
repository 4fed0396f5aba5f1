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

/** Knows whether an entry's last run has ended: by its result. */
export class OverlapGuard {
  readonly #deps: OverlapDeps;
  #hasWarned = false;

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
    await backend.connect();
    const meta = (await backend.getMany([lastTaskId])).get(lastTaskId);
    return !meta || !READY_STATES.has(meta.status);
  }

  #unknown(): false {
    if (!this.#hasWarned) {
      this.#deps.logger.warn('beat: overlap needs a result backend, and there is none: runs may overlap.');
    }
    this.#hasWarned = true;
    return false;
  }
}
