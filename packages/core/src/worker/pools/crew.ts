import type { Cancel, Clock } from '../../contracts/clock.js';
import { ChildrenUnavailable } from '../../errors/worker-errors.js';
import type { WorkerLog } from '../worker-log.js';
import { Child } from './child.js';
import type { ChildLauncher } from './child-launcher.js';
import { fromNow } from '../../time/from-now.js';

export interface CrewDeps {
  readonly launcher: ChildLauncher;
  readonly clock: Clock;
  readonly log: WorkerLog;
  /** Milliseconds that a child may take to boot. */
  readonly bootMs: number;
  /** Just before a child is launched. */
  onLaunch(): void;
  /** A child has nothing to do. */
  onIdle(): void;
  /** No child can be booted any more. */
  onFailed(error: Error): void;
}

/** Milliseconds that a child has to close its application. */
const LEAVE_MS = 4000;
/** Children that end without having done anything, one after another, before we give up. */
const MOST_FAILURES = 5;
/** Milliseconds before the next attempt, doubled each time; and without a failure until those before are forgotten. */
const FIRST_PAUSE_MS = 250;
const FORGET_MS = 30_000;

/** The children of a pool: as many as there should be, however they come to an end. */
export class Crew {
  readonly #deps: CrewDeps;
  readonly #members = new Set<Child>();
  #idle: Child[] = [];
  #target = 0;
  #failures = 0;
  #lastFailure = 0;
  #pause: Cancel | undefined;
  #starting: { resolve(): void; reject(error: Error): void } | undefined;
  #closed: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(deps: CrewDeps) {
    this.#deps = deps;
  }

  /** Resolves when so many are up. @throws ChildrenUnavailable when the first of them fails to boot */
  start(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject };
      this.resize(count);
    });
  }

  /** From now on so many; those beyond leave when they have nothing to do. */
  resize(count: number): void {
    if (this.#closing) return;
    this.#target = count;
    for (const child of this.#idle) if (this.#staying > count) this.#dismiss(child);
    this.#fill();
  }

  /** One that has nothing to do. */
  take(): Child | undefined {
    return this.#idle.pop();
  }

  /** It has done its job. @param isSpent whether another is to take its place */
  giveBack(child: Child, isSpent: boolean): void {
    child.free();
    if (!child.isUp) return;
    if (child.taken > 0) this.#failures = 0;
    if (this.#closing || isSpent || this.#staying > this.#target) this.#dismiss(child);
    else this.#idle.push(child);
    this.#fill();
  }

  /** Those without work close their application and end, the others are killed. Resolves when all have gone. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#closed = resolve;
      this.#pause?.();
      this.#starting?.resolve();
      for (const child of this.#idle) this.#dismiss(child);
      for (const child of this.#members) if (child.stays) child.kill();
      if (this.#members.size === 0) resolve();
    });
    return this.#closing;
  }

  get #staying(): number {
    let count = 0;
    for (const child of this.#members) if (child.stays) count++;
    return count;
  }

  #fill(): void {
    if (this.#closing || this.#pause) return;
    for (let missing = this.#target - this.#staying; missing > 0; missing--) this.#launch();
  }

  #launch(): void {
    const { launcher, clock, bootMs, onLaunch } = this.#deps;
    onLaunch();
    const child = new Child({
      launcher,
      clock,
      bootMs,
      onUp: () => this.#up(child),
      onGone: (_, how, reason) => this.#gone(child, how, reason),
    });
    this.#members.add(child);
  }

  #up(child: Child): void {
    this.giveBack(child, false);
    if (this.#idle.length >= this.#target) this.#started();
    this.#deps.onIdle();
  }

  #started(): void {
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  #dismiss(child: Child): void {
    this.#idle = this.#idle.filter((each) => each !== child);
    child.leave(LEAVE_MS);
  }

  #gone(child: Child, how: 'left' | 'unborn' | 'lost', reason: string): void {
    this.#members.delete(child);
    this.#idle = this.#idle.filter((each) => each !== child);
    if (this.#closing) {
      if (this.#members.size === 0) this.#closed?.();
    } else if (how === 'unborn')
      this.#failed(`A child of the pool, ${child.name}, could not be started: ${reason}. What it printed says why.`);
    else if (how === 'lost' && child.taken === 0)
      this.#failed(`A child of the pool, ${child.name}, ended before it had anything to do: ${reason}.`);
    else {
      if (how === 'lost') this.#deps.log.say('WARNING', `A child of the pool, ${child.name}, has gone: ${reason}.`);
      this.#fill();
    }
  }

  /** What brings children to an end by themselves would go on to do so. */
  #failed(what: string): void {
    const { clock, log, bootMs, onFailed } = this.#deps;
    if (this.#starting) return this.#starting.reject(new ChildrenUnavailable(what));
    log.say('ERROR', what);
    const now = clock.monotonic();
    this.#failures = now - this.#lastFailure > FORGET_MS + bootMs ? 1 : this.#failures + 1;
    this.#lastFailure = now;
    if (this.#failures >= MOST_FAILURES) return onFailed(new ChildrenUnavailable(what));
    const pause = FIRST_PAUSE_MS * 2 ** this.#failures;
    this.#pause ??= clock.at(fromNow(clock, pause), () => {
      this.#pause = undefined;
      this.#fill();
    });
  }
}
