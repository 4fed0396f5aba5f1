import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';
import { say } from './say.js';

/** What the pools are measured with. Each run says when it began and when it was over: the children of a pool share no counter. */
@Injectable()
export class BenchPoolTasks {
  /** Uses so many milliseconds of CPU. */
  @SharedTask('bench.burn')
  burn(milliseconds: number): void {
    const began = Date.now();
    const start = process.cpuUsage();
    let used = 0;
    while (used < milliseconds * 1000) {
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    say({ began, ran: Date.now() });
  }

  @SharedTask('bench.silent')
  silent(): void {}

  @SharedTask('bench.rest')
  async rest(milliseconds: number): Promise<void> {
    const began = Date.now();
    await setTimeout(milliseconds);
    say({ began, ran: Date.now() });
  }
}
