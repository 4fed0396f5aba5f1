import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { currentTask, SharedTask } from 'nestjs-celery';

/** An error that Python knows under a name of its own. */
class OrderError extends Error {
  static readonly excModule = 'interop.tasks';
  static readonly excType = 'InteropError';
  readonly excArgs: readonly unknown[];

  constructor(code: number, reason: string) {
    super(`${code}: ${reason}`);
    this.excArgs = [code, reason];
  }
}

/** The counterparts of the Python suite's tasks: what they return tells what arrived. */
@Injectable()
export class InteropTasks {
  @SharedTask({ name: 'node.add', params: ['x', 'y'] })
  add(x: number, y: number): number {
    return x + y;
  }

  @SharedTask('node.echo')
  echo(...args: unknown[]): unknown {
    return args;
  }

  /** The arguments as JavaScript sees them: the type and the text of each. */
  @SharedTask('node.describe')
  describe(...args: unknown[]): [string, string][] {
    return args.map((arg) => [typeName(arg), String(arg)]);
  }

  @SharedTask('node.fail')
  fail(message: string): never {
    throw new TypeError(message);
  }

  @SharedTask('node.failWithData')
  failWithData(code: number, reason: string): never {
    throw new OrderError(code, reason);
  }

  @SharedTask({ name: 'node.ignored', ignoreResult: true })
  ignored(): number {
    return 1;
  }

  /** Ends after so many milliseconds; until then its message is not acknowledged. */
  @SharedTask({ name: 'node.pause', acksLate: true, trackStarted: true })
  async pause(milliseconds: number): Promise<number> {
    return setTimeout(milliseconds, process.pid);
  }

  /** Ends once there is a file of this name; until then its message is not acknowledged. */
  @SharedTask({ name: 'node.until', acksLate: true, trackStarted: true })
  async until(file: string): Promise<number> {
    while (!existsSync(file)) await setTimeout(20);
    return process.pid;
  }

  /** Takes the process with it, as running out of memory does. */
  @SharedTask('node.crash')
  crash(): void {
    process.kill(process.pid, 'SIGKILL');
  }

  @SharedTask({ name: 'node.late', acksLate: true, trackStarted: true })
  late(): string {
    return currentTask()?.rootId ?? '';
  }
}

function typeName(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
