import type { Cancel, Clock } from '../../contracts/clock.js';
import type { Cancellation, Outcome, PoolJob, TaskRun } from '../../contracts/pool.js';
import type { ContentRegistry } from '../../protocol/content.js';
import type { WorkerLog } from '../worker-log.js';
import type { ChildHandle } from './child-launcher.js';
import { readOutcome, writeJob, writeOutcome } from './child-protocol.js';
import type { FromChild } from './child-protocol.js';
import { fromNow } from '../../time/from-now.js';

/** Milliseconds that a task in a child has to end in good order when it is terminated or cancelled. */
const TERMINATION_MS = 1000;

/** What a run needs of its pool. */
export interface RunDeps {
  readonly clock: Clock;
  readonly content: ContentRegistry;
  readonly log: WorkerLog;
  /** Whether `memory` is of interest. */
  readonly weigh: boolean;
}

/** One job, seen from the worker, while a child runs it. */
export class RemoteRun implements TaskRun {
  /** KiB that the child used when the handler had ended; 0 where that is of no interest. */
  memory = 0;
  #child: ChildHandle | undefined;
  #started = false;
  /** Decided here, and true as soon as the child has gone. */
  #decided: Outcome | undefined;
  #resolve: ((outcome: Outcome | undefined) => void) | undefined;
  #concludes = false;
  #concluded: (() => void) | undefined;
  #timers: Cancel[] = [];

  constructor(
    private readonly job: PoolJob,
    private readonly deps: RunDeps,
  ) {}

  /** Has the child run the job. Undefined: the child was lost before it called the handler, so that another may. Never rejects. */
  start(child: ChildHandle): Promise<Outcome | undefined> {
    if (this.#decided) return Promise.resolve(this.#decided);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#child = child;
      const { hard } = this.job.limits;
      if (hard !== null) this.#after(hard * 1000, () => this.#end({ kind: 'timeout', limit: hard }));
      child.send({ kind: 'run', job: writeJob(this.job), weigh: this.deps.weigh });
    });
  }

  /** The task may end by itself (its signal aborts); what has not ended in a moment, or is to be killed, is killed. */
  cancel(why: Cancellation): void {
    if (this.#decided || (this.#child && !this.#resolve)) return;
    if (why.kind === 'terminated' && why.signal === 'SIGKILL') return this.#end(why);
    this.#decided = why;
    if (!this.#child) return;
    this.#child.send({ kind: 'cancel', why });
    this.#after(TERMINATION_MS, () => this.#child?.kill());
  }

  /** Ends it without a moment's grace. */
  kill(why: Cancellation): void {
    this.#end(this.#decided ?? why);
  }

  get conclude(): TaskRun['conclude'] {
    const child = this.#child;
    if (!this.#concludes || !child) return undefined;
    return (outcome) =>
      new Promise((resolve) => {
        this.#concluded = resolve;
        this.#limitHooks(child);
        child.send({ kind: 'conclude', outcome: writeOutcome(outcome, this.deps.content) });
      });
  }

  receive(message: FromChild): void {
    if (message.kind === 'started') this.#started = true;
    else if (message.kind === 'concluded') this.#conclude();
    else if (message.kind === 'outcome') {
      this.memory = message.memory;
      this.#concludes = message.concludes;
      this.#ended(readOutcome(message.outcome, this.deps.content));
    }
  }

  /** The child has gone, and all that it said has been heard. */
  lose(reason: string): void {
    this.#child = undefined;
    this.#give(this.#decided ?? (this.#started ? { kind: 'lost', reason } : undefined));
    this.#conclude();
  }

  /** Hooks have the hard time limit once more: one that never ends must not keep its slot. */
  #limitHooks(child: ChildHandle): void {
    const { hard } = this.job.limits;
    if (hard === null) return;
    this.#after(hard * 1000, () => {
      const { task, id } = this.job.message.headers;
      this.deps.log.say('ERROR', `Task ${task}[${id}]: its hooks take longer than ${hard}s: ${child.name} is killed.`);
      child.kill();
    });
  }

  #conclude(): void {
    this.#stopTimers();
    this.#concluded?.();
  }

  /** A handler that was given up in the child still runs there: the outcome is true when the child has gone. */
  #ended(outcome: Outcome): void {
    if (outcome.kind === 'timeout') this.#end(outcome);
    else if (outcome.kind !== 'terminated' && outcome.kind !== 'cancelled') this.#give(outcome);
  }

  #end(outcome: Outcome): void {
    this.#decided = outcome;
    this.#child?.kill();
  }

  #after(ms: number, run: () => void): void {
    const { clock } = this.deps;
    this.#timers.push(clock.at(fromNow(clock, ms), run));
  }

  #give(outcome: Outcome | undefined): void {
    this.#stopTimers();
    this.#resolve?.(outcome);
    this.#resolve = undefined;
  }

  #stopTimers(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
  }
}
