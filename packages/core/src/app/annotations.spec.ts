import { annotated } from './annotations.js';
import { compileConfig } from './compiled-config.js';
import type { CeleryOptions } from './config.js';

type Annotations = CeleryOptions['taskAnnotations'] | Record<string, object>;

const apply = (taskAnnotations: Annotations, name = 'a', options = {}) =>
  annotated(name, options, compileConfig({ taskAnnotations }));

describe('taskAnnotations', () => {
  it('lie over what the code says: first those of the name, then those for every task', () => {
    const annotations = { a: { priority: 1, queue: 'named' }, '*': { priority: 2, acksLate: true } };
    expect(apply(annotations, 'a', { priority: 3, maxRetries: 4 })).toEqual({
      priority: 2,
      queue: 'named',
      acksLate: true,
      maxRetries: 4,
    });
    expect(apply(annotations, 'b', { priority: 3 })).toEqual({ priority: 2, acksLate: true });
  });

  it('are, in a list, the first that has the name and the first that has *', () => {
    const list = [
      { b: { priority: 1 } },
      { a: { priority: 2 }, '*': { queue: 'first' } },
      { a: { maxRetries: 9 }, '*': { acksLate: true } },
    ];
    expect(apply(list)).toEqual({ priority: 2, queue: 'first' });
  });

  it('may be a function, which knows the task and may have nothing to say', () => {
    const slow = (name: string, { queue }: { queue?: string }) => (queue === 'slow' ? { shadow: name } : undefined);
    const twice = [
      (name: string) => (name === 'a' ? { time_limit: 5 } : undefined),
      { a: { timeLimit: 6 }, b: { timeLimit: 7 } },
    ];
    expect(apply(twice as never, 'a')).toEqual({ timeLimit: 5 });
    expect(apply(twice as never, 'b')).toEqual({ timeLimit: 7 });
    expect(() => apply(slow as never, 'a', { queue: 'slow' })).toThrow(
      "taskAnnotations: what the function gives for 'a': unknown option 'shadow'",
    );
  });

  it('take Celery’s names; null takes a limit away, and undefined says nothing', () => {
    const annotations = { '*': { rate_limit: null, soft_time_limit: null, acks_late: true, queue: undefined } };
    expect(apply(annotations, 'a', { rateLimit: '1/m', softTimeLimit: 5, queue: 'q' })).toEqual({
      rateLimit: 0,
      softTimeLimit: 0,
      acksLate: true,
      queue: 'q',
    });
  });

  it.each([
    [{ a: { rateLimt: 1 } }, "taskAnnotations: 'a': unknown option 'rateLimt': did you mean 'rateLimit'?"],
    [{ a: { rateLimit: 'x' } }, "taskAnnotations: 'a': 'rateLimit' expects a rate"],
    [{ a: 5 }, "taskAnnotations: 'a': the options are 5: give an object."],
    [{ a: { '@onFailure': () => {} } }, "taskAnnotations: 'a': '@onFailure' would wrap a method of the task"],
    [
      ['proj.annotations'],
      'taskAnnotations[0] is proj.annotations: give a map of options by task name, or a function.',
    ],
  ])('%j are refused when the process starts', (annotations, message) => {
    expect(() => compileConfig({ taskAnnotations: annotations as never })).toThrow(message);
  });

  it('find no task by the name of a property that every object has', () => {
    expect(apply({ a: { priority: 1 } }, 'constructor')).toEqual({});
    expect(apply(JSON.parse('{"__proto__": {"priority": 1}}') as never, '__proto__')).toEqual({ priority: 1 });
  });
});
