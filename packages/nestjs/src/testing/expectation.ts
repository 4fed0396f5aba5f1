import { inspect } from 'node:util';
import type { Task } from '../task-types.js';
import type { SentTask } from './sent-task.js';

/** A task of `Tasks<T>`, or the name of any. */
export type TaskOrName<Args extends readonly unknown[] = readonly unknown[]> = Task<Args> | string;

/** What to look for besides the arguments; what is not given does not matter. Of `headers` the given ones count. */
export type SentWith = Partial<Omit<SentTask, 'name' | 'args'>>;

export type Equals = (actual: unknown, expected: unknown) => boolean;

/** What a test expects to have been sent. */
export class Expectation {
  readonly #task: string;

  constructor(
    task: TaskOrName,
    private readonly args: readonly unknown[] | undefined,
    private readonly options: SentWith = {},
    private readonly equals: Equals,
  ) {
    this.#task = nameOf(task);
  }

  find(sent: readonly SentTask[]): SentTask | undefined {
    return sent.find((task) => this.#fits(task));
  }

  /** `reports.send('a@b.c') with { queue: 'mail' }` */
  toString(): string {
    const args = this.args === undefined ? '' : argsOf(this.args);
    const options = Object.keys(this.options).length === 0 ? '' : ` with ${shown(this.options)}`;
    return `${this.#task}${args}${options}`;
  }

  /** What was sent instead, for the message of a test that fails. */
  instead(sent: readonly SentTask[]): string {
    const keys = Object.keys(this.options) as (keyof SentWith)[];
    const lines = sent.map((task) => {
      const options = Object.fromEntries(keys.map((key) => [key, task[key]]));
      return `  ${task.name}${argsOf(task.args)}${keys.length > 0 && task.name === this.#task ? ` with ${shown(options)}` : ''}`;
    });
    return lines.length === 0 ? 'Nothing was sent.' : `Sent were:\n${lines.join('\n')}`;
  }

  #fits(task: SentTask): boolean {
    if (task.name !== this.#task) return false;
    if (this.args !== undefined && !this.equals(task.args, this.args)) return false;
    const { headers = {}, ...rest } = this.options;
    return this.#have(task, rest) && this.#have(task.headers, headers);
  }

  #have(actual: object, expected: object): boolean {
    return Object.entries(expected).every(([key, value]) => this.equals(actual[key as never], value));
  }
}

export function nameOf(task: TaskOrName): string {
  return typeof task === 'string' ? task : task.name;
}

const shown = (value: unknown): string => inspect(value, { depth: 6, breakLength: Infinity });

const argsOf = (args: readonly unknown[]): string => `(${args.map(shown).join(', ')})`;
