import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';
import { say } from './say.js';

/** The tasks of the benchmarks. `add` says when it ran for the first time, and when for the BENCH_TASKS-th. */
@Injectable()
export class BenchTasks {
  readonly #last = Number(process.env.BENCH_TASKS);
  #executed = 0;
  readonly #late: number[] = [];

  @SharedTask('bench.add')
  add(x: number, y: number): number {
    const executed = ++this.#executed;
    if (executed === 1) say({ first: Date.now() });
    if (executed === this.#last) say({ last: Date.now() });
    return x + y;
  }

  /** Was to run at `eta`, in epoch milliseconds: the BENCH_TASKS-th says how late they were. */
  @SharedTask('bench.due')
  due(eta: number): void {
    this.#late.push(Date.now() - eta);
    if (this.#late.length !== this.#last) return;
    const late = this.#late.toSorted((a, b) => a - b);
    say({ late50: late[Math.floor(this.#last * 0.5)] ?? 0, late99: late[Math.floor(this.#last * 0.99)] ?? 0 });
    say({ earliest: late[0] ?? 0 });
  }
}
