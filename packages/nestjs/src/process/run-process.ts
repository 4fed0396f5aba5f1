import { systemClock } from '@nestjs-celery/core';
import type { Clock } from '@nestjs-celery/core';
import type { ProcessHost } from './process-host.js';
import { onShutdownSignals } from './shutdown-signals.js';

/** What ends a process: the signal that it got, and what it will exit with. */
export interface Ending {
  readonly sig: NodeJS.Signals;
  readonly exitcode: number;
}

/** A booted application that is yet to start its work. */
export interface Runnable {
  start(): Promise<void>;
  /** Ends the work, then the application. May be called twice. */
  stop(ending?: Ending): Promise<void>;
  /** The same in a hurry, also where a stop is under way. Without it a cold shutdown ends the process at once. */
  terminate?(ending: Ending): Promise<void>;
  /** `terminate()` still waits: called once more, it does so no longer. */
  readonly stopsSoftly?: boolean;
  /** Settles when the work cannot go on by itself. */
  readonly failed: Promise<Error>;
}

export interface RunProcessOptions {
  /** For messages: `worker`, `beat`. */
  readonly what: string;
  /** Said after the first Ctrl-C: what a second one would do. */
  readonly warning?: string;
  /** What a warm shutdown by Ctrl-C exits with. @default 0 */
  readonly interrupted?: number;
  /** We own the process: its signals and its exit code. Else errors are thrown, and nothing exits. */
  readonly signals: boolean;
}

/**
 * Boots and starts a process of ours, and gives it back once it works.
 * SIGTERM or SIGINT: a warm shutdown. SIGQUIT or a second SIGINT: a cold one, and 1; one more: 1 at once. An error: one line, and 1.
 */
export async function runProcess<R extends Runnable>(
  options: RunProcessOptions,
  boot: () => Promise<R>,
  host: ProcessHost = process,
  clock: Clock = systemClock,
): Promise<R> {
  if (!options.signals) return startOnly(boot);
  const owner = new ProcessOwner(options, host, clock);
  let runnable: R | undefined;
  try {
    runnable = await boot();
    owner.adopt(runnable);
    await runnable.start();
  } catch (error) {
    // a start that a signal cut short is no error: the stop goes on, and ends the process
    if (!runnable || !owner.stopping) {
      owner.fail(error);
      throw error;
    }
  }
  return runnable;
}

async function startOnly<R extends Runnable>(boot: () => Promise<R>): Promise<R> {
  const runnable = await boot();
  try {
    await runnable.start();
    return runnable;
  } catch (error) {
    await runnable.stop();
    throw error;
  }
}

/** Ends the process, in Celery's stages: warm, cold (with a soft part), hard. */
class ProcessOwner {
  readonly #options: RunProcessOptions;
  readonly #host: ProcessHost;
  readonly #clock: Clock;
  #stage: 'none' | 'warm' | 'cold' = 'none';

  constructor(options: RunProcessOptions, host: ProcessHost, clock: Clock) {
    this.#options = options;
    this.#host = host;
    this.#clock = clock;
  }

  adopt(runnable: Runnable): void {
    onShutdownSignals(this.#host, this.#clock, {
      warm: (sig) => this.#warm(runnable, sig),
      colder: (sig) => this.#colder(runnable, sig),
    });
    void runnable.failed.then((error) => this.#failed(runnable, error));
  }

  get stopping(): boolean {
    return this.#stage !== 'none';
  }

  fail(error: unknown): void {
    this.#say(error instanceof Error ? error.message : String(error));
    this.#host.exit(1);
  }

  #warm(runnable: Runnable, sig: NodeJS.Signals): void {
    if (sig === 'SIGINT' && this.#options.warning) this.#say(this.#options.warning);
    this.#say('Warm shutdown (MainProcess)');
    if (this.stopping) return;
    this.#stage = 'warm';
    const exitcode = sig === 'SIGINT' ? (this.#options.interrupted ?? 0) : 0;
    this.#exitAfter(runnable.stop({ sig, exitcode }), exitcode);
  }

  #colder(runnable: Runnable, sig: NodeJS.Signals): void {
    if (this.#stage === 'cold' && runnable.stopsSoftly !== true) return this.#hard();
    const waited = this.#stage === 'cold';
    this.#stage = 'cold';
    this.#say(waited ? 'Waiting gracefully for cold shutdown to complete...' : 'Cold shutdown (MainProcess)');
    const ended = runnable.terminate?.({ sig, exitcode: 1 });
    if (!ended) this.#host.exit(1);
    else if (!waited) this.#exitAfter(ended, 1);
  }

  #hard(): void {
    this.#say('Hard shutdown (MainProcess)');
    this.#host.exit(1);
  }

  #failed(runnable: Runnable, error: Error): void {
    if (this.stopping) return;
    this.#stage = 'warm';
    this.#say(error.message);
    this.#exitAfter(runnable.stop(), 1);
  }

  /** The last word counts: a warm shutdown that became a cold one exits with the code of that. */
  #exitAfter(end: Promise<void>, code: number): void {
    const stage = this.#stage;
    end.then(
      () => this.#stage === stage && this.#host.exit(code),
      (error: unknown) => {
        this.#say(`could not stop cleanly: ${String(error)}`);
        this.#host.exit(1);
      },
    );
  }

  #say(line: string): void {
    this.#host.stderr.write(`${this.#options.what}: ${line}\n`);
  }
}
