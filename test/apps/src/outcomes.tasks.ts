import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Ctx, Ignore, Reject, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';

class Unstable extends Error {}

/** A task for each way to end. */
@Injectable()
export class OutcomesTasks {
  /** Its twin in Python has the same name: the first run sends itself to another queue, the next one says what it got. */
  @SharedTask('interop.tasks.relay')
  relay(@Ctx() ctx: Injected<TaskContext>, queue: string): Record<string, unknown> {
    if (ctx.retries === 0) ctx.retry({ queue, countdown: 0, exc: new RangeError('once more') });
    return {
      id: ctx.id,
      root_id: ctx.rootId,
      parent_id: ctx.parentId,
      retries: ctx.retries,
      expires: ctx.expires,
      timelimit: [ctx.timeLimits.hard, ctx.timeLimits.soft],
      correlation_id: ctx.correlationId,
      reply_to: ctx.replyTo,
      headers: ctx.headers,
      shadow: ctx.shadow,
      group: ctx.groupId,
      origin: ctx.origin,
      priority: ctx.deliveryInfo.priority,
    };
  }

  @SharedTask({ name: 'outcomes.retryLater', maxRetries: null })
  retryLater(@Ctx() ctx: Injected<TaskContext>): never {
    ctx.retry({ countdown: 3600, exc: new TypeError('not yet') });
  }

  @SharedTask({
    name: 'outcomes.unstable',
    autoretryFor: [Unstable],
    retryBackoff: true,
    retryBackoffMax: 1,
    retryJitter: false,
    maxRetries: 2,
  })
  unstable(@Ctx() ctx: Injected<TaskContext>, failures: number): number {
    if (ctx.retries < failures) throw new Unstable(`run ${ctx.retries + 1}`);
    return ctx.retries;
  }

  @SharedTask('outcomes.giveUp')
  giveUp(@Ctx() ctx: Injected<TaskContext>): never {
    ctx.retry({ countdown: 0, maxRetries: 1 });
  }

  /** Ends with its soft time limit. */
  @SharedTask({ name: 'outcomes.obedient', softTimeLimit: 0.2 })
  async obedient(@Ctx() ctx: Injected<TaskContext>): Promise<void> {
    await setTimeout(60_000, undefined, { signal: ctx.signal });
  }

  @SharedTask({ name: 'outcomes.deaf', timeLimit: 0.2 })
  async deaf(): Promise<void> {
    await setTimeout(60_000, undefined, { ref: false });
  }

  @SharedTask({ name: 'outcomes.deafRequeued', timeLimit: 0.2, acksLate: true, acksOnFailureOrTimeout: false })
  async deafRequeued(@Ctx() ctx: Injected<TaskContext>): Promise<string> {
    if (ctx.deliveryInfo.redelivered) return 'the second time';
    return setTimeout(60_000, 'too late', { ref: false });
  }

  @SharedTask({ name: 'outcomes.report', trackStarted: true })
  async report(@Ctx() ctx: Injected<TaskContext>, gate: string): Promise<string> {
    await ctx.progress(3, 10, { step: 'pages' });
    while (!existsSync(gate)) await setTimeout(20);
    await ctx.updateState('UPLOADING', { to: 's3' });
    return 'done';
  }

  @SharedTask({ name: 'outcomes.ignore', acksLate: true })
  async ignore(@Ctx() ctx: Injected<TaskContext>): Promise<never> {
    await ctx.updateState('PARKED', { why: 'no room' });
    throw new Ignore();
  }

  /** Refused, it goes where the queue sends dead letters. */
  @SharedTask({ name: 'outcomes.reject', acksLate: true })
  reject(): never {
    throw new Reject('not for me');
  }

  @SharedTask({ name: 'outcomes.requeue', acksLate: true })
  requeue(@Ctx() ctx: Injected<TaskContext>): string {
    if (!ctx.deliveryInfo.redelivered) throw new Reject('try another', true);
    return 'second';
  }

  @SharedTask({ name: 'outcomes.rejectFailed', acksLate: true, acksOnFailureOrTimeout: false })
  rejectFailed(): never {
    throw new Error('broken');
  }

  @SharedTask({ name: 'outcomes.expected', throws: [Unstable] })
  expected(): never {
    throw new Unstable('as it may be');
  }

  @SharedTask({ name: 'outcomes.errorsKept', ignoreResult: true, storeErrorsEvenIfIgnored: true })
  errorsKept(fail: boolean): number {
    if (fail) throw new Error('kept');
    return 1;
  }
}
