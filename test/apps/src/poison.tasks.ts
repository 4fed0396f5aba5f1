import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';

@Injectable()
export class PoisonTasks {
  /** Takes its worker with it, each time, as running out of memory does. */
  @SharedTask({ name: 'poison.kill', acksLate: true })
  kill(): Promise<never> {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  }

  /** What follows a task that fails. */
  @SharedTask('poison.mourn')
  mourn(...args: unknown[]): unknown {
    return args;
  }
}
