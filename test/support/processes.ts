import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { endingWithUs } from '../../scripts/lib/death-signal.mjs';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartOptions {
  cwd?: string;
  /** The whole environment; ours by default. */
  env?: NodeJS.ProcessEnv;
  /** Resolve only when this has been printed; reject when the process ends before. */
  ready?: string | RegExp;
  /** How long `ready` may take, in milliseconds: several applications may boot at a time. @default 90_000 */
  timeout?: number;
}

const running = new Set<TestProcess>();

// Whatever a spec leaves running ends with it, also when it fails; and by the death signal when the test run is killed.
afterAll(() => Promise.all([...running].map((process) => process.kill())));

/**
 * Starts a program in a process group of its own, and gathers what it prints.
 *
 * @throws when it cannot be started, or ends before it has printed `ready`.
 */
export async function startProcess(command: string, args: string[], options: StartOptions = {}): Promise<TestProcess> {
  const started = new TestProcess(command, args, options);
  await started.spawned();
  if (options.ready !== undefined) await started.waitForLog(options.ready, options.timeout ?? 90_000);
  return started;
}

/** A child process of a test. */
export class TestProcess {
  /** Resolves when the process has ended and all that it printed has been read. */
  readonly exit: Promise<Exit>;
  readonly #title: string;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #output = '';
  #stdout = '';

  constructor(command: string, args: string[], { cwd, env = process.env }: StartOptions) {
    this.#title = [command, ...args].join(' ');
    this.#child = spawn(...endingWithUs(command, args), {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exit = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve({ code, signal })));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#gather(text, 'stdout'));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#gather(text, 'stderr'));
    // children that outlive it would hold its pipes, and `exit` would wait for them
    this.#child.once('exit', () => this.#signalGroup('SIGKILL'));
    this.#child.once('close', () => this.#ended());
    running.add(this);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get hasEnded(): boolean {
    return !running.has(this);
  }

  /** Everything printed so far, stdout and stderr in the order in which they came. */
  logs(): string {
    return this.#output;
  }

  stdout(): string {
    return this.#stdout;
  }

  /** Resolves at once with what has been printed already, or when it comes. Milliseconds. */
  async waitForLog(pattern: string | RegExp, timeout = 30_000): Promise<RegExpMatchArray> {
    const found = () => this.#output.match(pattern instanceof RegExp ? pattern : literally(pattern));
    return this.#waitUntil(found, `print ${pattern}`, timeout);
  }

  /** kill -9, for the whole group. Resolves when it has gone. */
  async kill(): Promise<Exit> {
    this.#signalGroup('SIGKILL');
    return this.exit;
  }

  /** A polite end of the process alone, as a process manager asks for it. Not gone in time: kill -9, and an error. Milliseconds. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeout = 30_000): Promise<Exit> {
    if (!this.hasEnded) this.#child.kill(signal);
    try {
      await this.#waitUntil(() => this.hasEnded || null, `end after ${signal}`, timeout);
    } catch (error) {
      await this.kill();
      throw error;
    }
    return this.exit;
  }

  /** Sends a signal to the process alone: SIGSTOP, SIGCONT, a second SIGTERM … */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async spawned(): Promise<void> {
    if (this.#child.pid === undefined) await once(this.#child, 'spawn');
  }

  #gather(text: string, stream: 'stdout' | 'stderr'): void {
    this.#output += text;
    if (stream === 'stdout') this.#stdout += text;
    this.#notify();
  }

  #ended(): void {
    running.delete(this);
    this.#notify();
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #waitUntil<T>(look: () => T | null, what: string, timeout: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.#watchers.delete(watcher);
        clearTimeout(timer);
        finish();
      };
      const fail = (why: string) =>
        settle(() => reject(new Error(`${this.#title} did not ${what}${why}\n${this.#output}`)));
      const watcher = () => {
        const found = look();
        if (found !== null) settle(() => resolve(found));
        else if (this.hasEnded) fail(': it ended with this output:');
      };
      const timer = setTimeout(() => fail(` within ${timeout} ms. Its output:`), timeout);
      this.#watchers.add(watcher);
      watcher();
    });
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      // nobody of the group is left
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
}
