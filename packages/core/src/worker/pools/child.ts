import type { Cancel, Clock } from '../../contracts/clock.js';
import type { Outcome } from '../../contracts/pool.js';
import type { ChildHandle, ChildLauncher } from './child-launcher.js';
import type { FromChild } from './child-protocol.js';
import type { RemoteRun } from './remote-run.js';
import { fromNow } from '../../time/from-now.js';

export interface ChildDeps {
  readonly launcher: ChildLauncher;
  readonly clock: Clock;
  /** Milliseconds that it may take to boot. */
  readonly bootMs: number;
  onUp(child: Child): void;
  /** @param how it was asked to go, never was up, or neither */
  onGone(child: Child, how: 'left' | 'unborn' | 'lost', reason: string): void;
}

/** One child of a pool, from its launch to its end. Runs one job at a time. */
export class Child {
  /** Jobs that it has taken. */
  taken = 0;
  readonly #handle: ChildHandle;
  readonly #deps: ChildDeps;
  #run: RemoteRun | undefined;
  #timer: Cancel | undefined;
  #state: 'booting' | 'up' | 'leaving' | 'gone' = 'booting';
  #cause: string | undefined;

  constructor(deps: ChildDeps) {
    this.#deps = deps;
    this.#handle = deps.launcher.launch({
      onMessage: (message) => this.#receive(message),
      onGone: (reason) => this.#lose(reason),
    });
    this.#within(deps.bootMs, `it was not up within ${deps.bootMs / 1000} s (workerProcAliveTimeout)`);
  }

  get name(): string {
    return this.#handle.name;
  }

  get pid(): number {
    return this.#handle.pid;
  }

  /** Whether it can take a job, or is running one. */
  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Counts for the size of the pool. */
  get stays(): boolean {
    return this.#state === 'up' || this.#state === 'booting';
  }

  /** Undefined: it was lost before it called the handler. */
  async run(run: RemoteRun): Promise<Outcome | undefined> {
    if (this.#state === 'gone') return undefined;
    this.#run = run;
    this.taken++;
    return run.start(this.#handle);
  }

  /** Its job is settled. */
  free(): void {
    this.#run = undefined;
  }

  /** Asks it to close its application and end; kills it when it has not within so many milliseconds. */
  leave(ms: number): void {
    if (this.#state === 'leaving' || this.#state === 'gone') return;
    if (this.#state === 'booting') return this.kill();
    this.#state = 'leaving';
    this.#handle.send({ kind: 'leave' });
    this.#within(ms, 'it did not end when it was asked to');
  }

  kill(): void {
    if (this.#state === 'gone') return;
    this.#state = 'leaving';
    this.#handle.kill();
  }

  #receive(message: FromChild): void {
    if (message.kind === 'crash') this.#cause = message.error;
    else if (message.kind === 'up') this.#up();
    else this.#run?.receive(message);
  }

  #up(): void {
    if (this.#state !== 'booting') return;
    this.#timer?.();
    this.#state = 'up';
    this.#deps.onUp(this);
  }

  #lose(reason: string): void {
    const how = this.#state === 'booting' ? 'unborn' : this.#state === 'up' ? 'lost' : 'left';
    this.#timer?.();
    this.#state = 'gone';
    const told = this.#cause === undefined ? reason : `${reason}: ${this.#cause}`;
    this.#run?.lose(told);
    this.#deps.onGone(this, how, told);
  }

  #within(ms: number, otherwise: string): void {
    const { clock } = this.#deps;
    this.#timer = clock.at(fromNow(clock, ms), () => {
      this.#cause = otherwise;
      this.#handle.kill();
    });
  }
}
