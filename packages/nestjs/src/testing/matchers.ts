import { ImproperlyConfigured } from '@nestjs-celery/core';
import { CeleryTesting } from './celery-testing.js';
import type { Equals, SentWith, TaskOrName } from './expectation.js';

interface MatcherContext {
  readonly equals: Equals;
}

/** For `expect.extend(celeryMatchers)`, of jest and of whatever takes matchers of its form. */
export const celeryMatchers = {
  /** `expect(celery).toHaveSent(tasks.send, ['a@b.c'], { queue: 'mail', countdown: 60 })`: a task was sent, with these arguments, in this way. */
  toHaveSent(this: MatcherContext, celery: unknown, task: TaskOrName, args?: readonly unknown[], options?: SentWith) {
    if (!(celery instanceof CeleryTesting)) {
      throw new ImproperlyConfigured(
        'toHaveSent() is for CeleryTesting: expect(moduleRef.get(CeleryTesting)).toHaveSent(…).',
      );
    }
    const { found, message } = celery.look(task, args, options, (actual, expected) => this.equals(actual, expected));
    return { pass: found !== undefined, message: () => message };
  },
};
