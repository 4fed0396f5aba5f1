import { systemClock } from '@nestjs-celery/core';
import type { Clock } from '@nestjs-celery/core';
import type { ProcessHost } from './process-host.js';
import { onShutdownSignals } from './shutdown-signals.js';

/** A booted application that is yet to start its work. */
export interface Runnable {
  start(): Promise<void>;
  /** Ends the work, then the application. May be called twice. */
  stop(): Promise<void>;
  /** Settles when the work cannot go on by itself. */
  readonly failed: Promise<Error>;
}

export interface RunProcessOptions {
  /** For messages: `worker`, `beat`. */
  readonly what: string;
  /** Said after the first Ctrl-C: what a second one would do. */
  readonly warning?: string;
  /** We own the process: its signals and its exit code. Else errors are thrown, and nothing exits. */
  readonly signals: boolean;
}

/**
 * Boots and starts a process of ours, and gives it back once it works.
 * SIGTERM or SIGINT: it stops and exits with 0. SIGQUIT or a second signal: it exits with 1 at once. An error: one line, and 1.
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

/** Ends the process, once. */
class ProcessOwner {
  readonly #options: RunProcessOptions;
  readonly #host: ProcessHost;
  readonly #clock: Clock;
  #stopping = false;

  constructor(options: RunProcessOptions, host: ProcessHost, clock: Clock) {
    this.#options = options;
    this.#host = host;
    this.#clock = clock;
  }

  adopt(runnable: Runnable): void {
    onShutdownSignals(this.#host, this.#clock, {
      warm: (signal) => this.#warm(runnable, signal),
      cold: () => this.#cold(),
    });
    void runnable.failed.then((error) => this.#failed(runnable, error));
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  fail(error: unknown): void {
    this.#say(error instanceof Error ? error.message : String(error));
    this.#host.exit(1);
  }

  #warm(runnable: Runnable, signal: NodeJS.Signals): void {
    this.#stopping = true;
    if (signal === 'SIGINT' && this.#options.warning) this.#say(this.#options.warning);
    this.#say('Warm shutdown');
    this.#stopThenExit(runnable, 0);
  }

  #cold(): void {
    this.#say('Cold shutdown');
    this.#host.exit(1);
  }

  #failed(runnable: Runnable, error: Error): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#say(error.message);
    this.#stopThenExit(runnable, 1);
  }

  #stopThenExit(runnable: Runnable, code: number): void {
    runnable.stop().then(
      () => this.#host.exit(code),
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
