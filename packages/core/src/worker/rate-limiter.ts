import { ratePerSecond } from '../app/rate-limit.js';
import type { Cancel, Clock } from '../contracts/clock.js';
import type { Request } from './request.js';
import type { RunnableTask } from './runnable-task.js';
import { fromNow } from '../time/from-now.js';

interface Bucket {
  /** Tokens per second; 0 = no limit. */
  rate: number;
  /** At most 1: a task that was not sent for a while gains nothing by it. */
  tokens: number;
  /** When they were counted, by the monotonic clock. */
  countedAt: number;
  readonly waiting: Request[];
  /** Calls off the timer for the next token. */
  cancel: Cancel | undefined;
}

export interface RateLimiterDeps {
  readonly clock: Clock;
  /** Runs a request whose turn has come. False: it was discarded instead, and takes no token. */
  start(request: Request): boolean;
}

/** One token bucket for each type of task that has a rate limit: its requests start in order of arrival, none sooner than the rate allows. */
export class RateLimiter {
  readonly #deps: RateLimiterDeps;
  readonly #buckets = new Map<RunnableTask, Bucket>();

  constructor(deps: RateLimiterDeps) {
    this.#deps = deps;
  }

  /** Starts the request when its turn comes: at once where there is a token. */
  enter(request: Request): void {
    const bucket = this.#bucket(request.task);
    bucket.waiting.push(request);
    this.#flow(bucket);
  }

  /** The task's rate limit has changed: it holds for those that wait as well. */
  changed(task: RunnableTask): void {
    const bucket = this.#buckets.get(task);
    if (!bucket) return;
    this.#count(bucket);
    bucket.rate = rateOf(task);
    bucket.cancel?.();
    bucket.cancel = undefined;
    this.#flow(bucket);
  }

  /** Those that wait for a token. */
  get waiting(): Request[] {
    return [...this.#buckets.values()].flatMap((bucket) => bucket.waiting);
  }

  /** Takes out all that wait, and calls every timer off. */
  takeAll(): Request[] {
    return [...this.#buckets.values()].flatMap((bucket) => {
      bucket.cancel?.();
      bucket.cancel = undefined;
      return bucket.waiting.splice(0);
    });
  }

  #bucket(task: RunnableTask): Bucket {
    let bucket = this.#buckets.get(task);
    if (!bucket) {
      const countedAt = this.#deps.clock.monotonic();
      bucket = { rate: rateOf(task), tokens: 1, countedAt, waiting: [], cancel: undefined };
      this.#buckets.set(task, bucket);
    }
    return bucket;
  }

  /** Starts as many as there are tokens for; the rest waits for the next one. */
  #flow(bucket: Bucket): void {
    this.#count(bucket);
    for (let next = bucket.waiting[0]; next; next = bucket.waiting[0]) {
      const limited = bucket.rate > 0;
      if (limited && bucket.tokens < ENOUGH) return this.#comeBack(bucket);
      bucket.waiting.shift();
      if (this.#deps.start(next) && limited) bucket.tokens -= 1;
    }
  }

  #count(bucket: Bucket): void {
    const now = this.#deps.clock.monotonic();
    bucket.tokens = Math.min(1, bucket.tokens + (bucket.rate * (now - bucket.countedAt)) / 1000);
    bucket.countedAt = now;
  }

  #comeBack(bucket: Bucket): void {
    if (bucket.cancel) return;
    const { clock } = this.#deps;
    const wait = Math.ceil(((1 - bucket.tokens) / bucket.rate) * 1000);
    bucket.cancel = clock.at(fromNow(clock, wait), () => {
      bucket.cancel = undefined;
      this.#flow(bucket);
    });
  }
}

/** A token, but for what adding up fractions loses. */
const ENOUGH = 1 - 1e-9;

const rateOf = ({ rateLimit }: RunnableTask): number => ratePerSecond(rateLimit) ?? 0;
