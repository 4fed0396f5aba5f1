import { pythonTraceback } from './traceback.js';

describe('the traceback of a task', () => {
  it('is the stack', () => {
    const error = new Error('boom');
    expect(pythonTraceback(error)).toBe(error.stack);
  });

  it('puts causes first, in the words of Python', () => {
    const cause = new TypeError('inner');
    const error = new Error('outer', { cause });
    expect(pythonTraceback(error)).toBe(
      `${cause.stack}\n\nThe above exception was the direct cause of the following exception:\n\n${error.stack}`,
    );
  });

  it('ends when causes go in a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(pythonTraceback(error).match(/direct cause/g)).toHaveLength(8);
  });

  it('copes with whatever can be thrown', () => {
    expect(pythonTraceback('text')).toBe('text');
    expect(pythonTraceback(undefined)).toBe('undefined');
    expect(pythonTraceback(null)).toBe('null');
    expect(pythonTraceback(Object.create(null))).toBe('An object that cannot be read.');
    expect(
      pythonTraceback({
        get stack(): never {
          throw new Error('no');
        },
      }),
    ).toBe('An object that cannot be read.');
  });
});
