/**
 * `expect(celery).toHaveSent(…)` for jest: `setupFilesAfterEnv: ['nestjs-celery/testing/jest']`, or import it in the test file. Other frameworks
 * whose `expect` is global and extended in jest's way can use it, too.
 */
import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { BaseExpect } from 'expect';
import type { SentWith, TaskOrName } from '../expectation.js';
import { celeryMatchers } from '../matchers.js';

interface CeleryMatchers<R> {
  /** A task was sent; with these arguments and in this way, where they are given. They may be jest's asymmetric matchers. */
  toHaveSent<Args extends readonly unknown[]>(task: TaskOrName<Args>, args?: NoInfer<Args>, options?: SentWith): R;
}

declare global {
  namespace jest {
    // the parameters have to be those of @types/jest
    interface Matchers<R, T = {}> extends CeleryMatchers<R> {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends CeleryMatchers<R> {}
}

const { expect } = globalThis as { expect?: BaseExpect };
if (!expect) {
  throw new ImproperlyConfigured(
    'nestjs-celery/testing/jest extends the global `expect`, and there is none. Call expect.extend(celeryMatchers) with your own.',
  );
}
expect.extend(celeryMatchers);
