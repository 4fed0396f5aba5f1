import { Injectable } from '@nestjs/common';
import { SharedTask } from 'nestjs-celery';

@Injectable()
export class QueuesTasks {
  @SharedTask({ name: 'node.add', params: ['x', 'y'] })
  add(x: number, y: number): number {
    return x + y;
  }

  /** Its twin in Python has the same name: both hear a broadcast. */
  @SharedTask('interop.tasks.echo')
  echo(...args: unknown[]): { args: unknown[] } {
    return { args };
  }
}
