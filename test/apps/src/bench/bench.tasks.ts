import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';
import { say } from './say.js';

/** The task of the benchmarks: it says when it ran for the first time, and when for the BENCH_TASKS-th. */
@Injectable()
export class BenchTasks {
  readonly #last = Number(process.env.BENCH_TASKS);
  #executed = 0;

  @SharedTask('bench.add')
  add(x: number, y: number): number {
    const executed = ++this.#executed;
    if (executed === 1) say({ first: Date.now() });
    if (executed === this.#last) say({ last: Date.now() });
    return x + y;
  }
}
