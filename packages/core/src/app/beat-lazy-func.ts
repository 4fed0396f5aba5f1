/**
 * An argument that is worked out each time beat sends the task: `args: [new BeatLazyFunc(() => process.uptime())]`.
 * It stands in the place of one argument, not within it, and the entry lives in code: a database cannot keep it. Celery's `BeatLazyFunc`.
 */
export class BeatLazyFunc<Args extends readonly unknown[] = readonly unknown[]> {
  readonly #work: () => unknown;

  constructor(func: (...args: Args) => unknown, ...args: Args) {
    this.#work = () => func(...args);
  }

  /** The argument, as of now. */
  call(): unknown {
    return this.#work();
  }
}

/** The argument, worked out where it is lazy. */
export function evaluated(argument: unknown): unknown {
  return argument instanceof BeatLazyFunc ? argument.call() : argument;
}
