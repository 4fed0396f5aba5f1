import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endingWithUs } from '../../scripts/lib/death-signal.mjs';
import { lastLines } from '../../scripts/lib/run.mjs';

/** How long anything that a process is to say may take. */
const PATIENCE_MS = 120_000;

/** A process that tells facts as lines of JSON on stdout: `{"first": 1763700000000}`. What else it prints is kept for errors. */
export class BenchProcess {
  #title;
  #child;
  #printed = '';
  /** The values of each, in the order in which they were told. @type {Map<string, number[]>} */
  #facts = new Map();
  /** @type {Set<() => void>} */
  #watchers = new Set();
  /** Resolves with the exit code when all is read. @type {Promise<number | null>} */
  exit;
  /** Epoch milliseconds. */
  startedAt = Date.now();
  #ended = false;

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {{ cwd?: string, env: NodeJS.ProcessEnv }} options
   */
  constructor(command, args, options) {
    this.#title = [command, ...args].join(' ');
    this.#child = spawn(...endingWithUs(command, args), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = new Promise((resolve) => this.#child.once('close', resolve));
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#read(line));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#printed += text));
    this.#child.once('error', (error) => (this.#printed += error.message));
    this.#child.once('close', () => this.#close());
  }

  get pid() {
    return this.#child.pid ?? -1;
  }

  /**
   * The value of a fact, as soon as it is told; of one that is told several times, that of the nth time.
   * @param {string} key
   * @param {number} [times]
   * @returns {Promise<number>}
   */
  async says(key, times = 1) {
    const found = () => this.#told(key)[times - 1];
    await this.#until(() => found() !== undefined || this.#ended, `say '${key}'`);
    return found() ?? this.#fail(`ended without '${key}'`);
  }

  /**
   * @param {string} key
   * @param {number} value
   */
  #tell(key, value) {
    const values = this.#facts.get(key);
    if (values) values.push(value);
    else this.#facts.set(key, [value]);
  }

  /** @param {string} key */
  #told(key) {
    return this.#facts.get(key) ?? [];
  }

  /** A polite end. */
  async stop() {
    this.#child.kill('SIGTERM');
    try {
      await this.#until(() => this.#ended, 'end after SIGTERM');
    } finally {
      this.#child.kill('SIGKILL');
    }
  }

  /** @param {string} line */
  #read(line) {
    if (!line.startsWith('{')) {
      this.#printed += `${line}\n`;
      return;
    }
    const fact = JSON.parse(line);
    for (const [key, value] of Object.entries(fact)) this.#tell(key, Number(value));
    this.#notify();
  }

  #close() {
    this.#ended = true;
    this.#notify();
  }

  #notify() {
    for (const watcher of this.#watchers) watcher();
  }

  /**
   * @param {() => boolean} isDone
   * @param {string} what
   * @returns {Promise<void>}
   */
  async #until(isDone, what) {
    if (isDone()) return;
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(this.#error(`did not ${what}`))), PATIENCE_MS);
      const watcher = () => isDone() && finish(resolve);
      const finish = (/** @type {(value?: any) => void} */ settle) => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        settle();
      };
      this.#watchers.add(watcher);
    });
  }

  /**
   * @param {string} why
   * @returns {never}
   */
  #fail(why) {
    throw this.#error(why);
  }

  /** @param {string} why */
  #error(why) {
    return new Error(`${this.#title} ${why}. It printed:\n${lastLines(this.#printed)}`);
  }
}
