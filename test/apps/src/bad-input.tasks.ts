import { Injectable } from '@nestjs/common';
import { currentTask, SharedTask } from 'nestjs-celery';
import type { TaskOptions } from 'nestjs-celery';

/** Tasks that do what no task should, and one that tells what it knows of its message. */
@Injectable()
export class BadInputTasks {
  @SharedTask('bad.ok')
  ok(value: unknown): unknown {
    return value;
  }

  @SharedTask('bad.length')
  length(text: string): number {
    return text.length;
  }

  @SharedTask('bad.exit')
  exit(code: number): void {
    process.exit(code);
  }

  /** Ends its process, unless another has done so before. */
  @SharedTask({ name: 'bad.exitOnce', acksLate: true })
  exitOnce(code: number): string {
    if (currentTask()?.deliveryInfo.redelivered !== true) process.exit(code);
    return 'again';
  }

  @SharedTask('bad.unwritable')
  unwritable(): unknown {
    return { report: { rows: [() => 1] } };
  }

  @SharedTask('bad.throwsText')
  throwsText(): never {
    throw 'no Error at all';
  }

  @SharedTask('bad.longMessage')
  longMessage(length: number): never {
    throw new Error('x'.repeat(length));
  }

  @SharedTask('bad.request')
  request(): unknown {
    const task = currentTask();
    if (!task) return null;
    const { id, rootId, parentId, groupId, retries, eta, expires, shadow, timeLimits, ignoreResult } = task;
    const { headers, deliveryInfo, correlationId, replyTo, args, kwargs } = task;
    const { priority, deliveryMode } = task.properties;
    const ids = { id, rootId, parentId, groupId, correlationId, replyTo };
    const times = { retries, eta, expires, timeLimits };
    return { ...ids, ...times, shadow, ignoreResult, headers, deliveryInfo, args, kwargs, priority, deliveryMode };
  }
}

/** What `BAD_OPTIONS`, JSON, says of one more task: for the worker that must not start. */
const options = JSON.parse(process.env['BAD_OPTIONS'] ?? '{}') as TaskOptions;

@Injectable()
export class DeclaredTasks {
  @SharedTask({ name: 'bad.declared', ...options })
  declared(): void {}
}
