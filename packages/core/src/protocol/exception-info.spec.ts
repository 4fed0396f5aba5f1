import { AssertionError } from 'node:assert';
import { NotRegistered } from '../errors/config-errors.js';
import { DecodeError } from '../errors/protocol-errors.js';
import { RemoteError, RemoteTraceback } from '../errors/remote-error.js';
import { Ignore, InvalidTaskError, Reject, TaskRevokedError, TimeoutError } from '../errors/task-errors.js';
import { ExceptionRegistry, fromExceptionInfo, toExceptionInfo } from './exception-info.js';

class SmtpError extends Error {}

class BadPage extends Error {
  static readonly excModule = 't.tasks';
}

class PythonKeyError extends Error {
  excModule = 'builtins';
  excType = 'KeyError';
  excArgs = ['page', 3];
}

describe('toExceptionInfo', () => {
  it.each<[unknown, string, unknown[], string | null]>([
    [new Error('x'), 'Error', ['x'], 'js'],
    [new TypeError('x'), 'TypeError', ['x'], 'builtins'],
    [new RangeError('x'), 'RangeError', ['x'], 'js'],
    [new SyntaxError('x'), 'SyntaxError', ['x'], 'js'],
    [Object.assign(new Error('x'), { name: 'ValueError' }), 'ValueError', ['x'], 'builtins'],
    [new AssertionError({ message: 'x' }), 'AssertionError', ['x'], 'builtins'],
    [Object.assign(new Error('x'), { name: 'SystemExit' }), 'SystemExit', ['x'], 'js'],
    [new SmtpError('x'), 'SmtpError', ['x'], 'js'],
    [new BadPage('x'), 'BadPage', ['x'], 't.tasks'],
    [new PythonKeyError('x'), 'KeyError', ['page', 3], 'builtins'],
    [new TaskRevokedError('expired'), 'TaskRevokedError', ['expired'], 'celery.exceptions'],
    [new NotRegistered('x'), 'NotRegistered', ['x'], 'celery.exceptions'],
    [new InvalidTaskError('x'), 'InvalidTaskError', ['x'], 'celery.exceptions'],
    [new Ignore('x'), 'Ignore', ['x'], 'celery.exceptions'],
    [new Reject('no', true), 'Reject', ['no', true], 'celery.exceptions'],
    [new TimeoutError('x'), 'TimeoutError', ['x'], 'celery.exceptions'],
    [new DecodeError('x'), 'DecodeError', ['x'], 'kombu.exceptions'],
    ['text', 'NonError', ['text'], 'js'],
    [undefined, 'NonError', [undefined], 'js'],
    [new RemoteError('x', { excType: 'MyError', excModule: null, excArgs: ['a', 1] }), 'MyError', ['a', 1], null],
  ])('describes %p', (thrown, type, args, module) => {
    expect(toExceptionInfo(thrown)).toEqual({ exc_type: type, exc_message: args, exc_module: module });
  });

  it('puts the repr where an argument cannot be sent', () => {
    const error = Object.assign(new Error('x'), { excArgs: [new Map(), new TypeError('inner'), 1n] });
    expect(toExceptionInfo(error).exc_message).toEqual(['<Map>', "TypeError('inner')", 1n]);
  });

  it('never throws', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('no');
      },
    });
    expect(toExceptionInfo(hostile).exc_type).toBe('Error');
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    expect(toExceptionInfo(proxy).exc_type).toBe('Error');
    expect(toExceptionInfo(Object.create(null)).exc_type).toBe('NonError');
  });
});

describe('fromExceptionInfo', () => {
  const info = (module: string | null, type: string, ...args: unknown[]) => ({
    exc_type: type,
    exc_message: args,
    exc_module: module,
  });

  it.each<[string, string, new (...args: never[]) => Error]>([
    ['builtins', 'TypeError', TypeError],
    ['js', 'RangeError', RangeError],
    ['js', 'Error', Error],
    ['celery.exceptions', 'TaskRevokedError', TaskRevokedError],
    ['celery.exceptions', 'NotRegistered', NotRegistered],
    ['celery.exceptions', 'TimeoutError', TimeoutError],
    ['kombu.exceptions', 'DecodeError', DecodeError],
  ])('makes %s.%s an error of the class of that name', (module, type, ErrorClass) => {
    const error = fromExceptionInfo(info(module, type, 'it broke'));
    expect(error.constructor).toBe(ErrorClass);
    expect(error.message).toBe('it broke');
  });

  it('makes any other class a RemoteError that reads as Python would print it', () => {
    const error = fromExceptionInfo(info('wiretasks', 'MyError', 'boom', 1));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: 'MyError',
      message: "('boom', 1)",
      excType: 'MyError',
      excModule: 'wiretasks',
      excArgs: ['boom', 1],
    });
    expect(String(fromExceptionInfo(info('builtins', 'ValueError', 'bad')))).toBe('ValueError: bad');
    expect(String(fromExceptionInfo(info('builtins', 'KeyError', 'a')))).toBe("KeyError: 'a'");
  });

  it("makes billiard's time limits errors of ours, with the seconds where they are known", () => {
    expect(fromExceptionInfo(info('billiard.exceptions', 'TimeLimitExceeded', 1))).toMatchObject({ limit: 1 });
    expect(String(fromExceptionInfo(info('billiard.exceptions', 'SoftTimeLimitExceeded')))).toBe(
      'SoftTimeLimitExceeded: the soft time limit has passed',
    );
  });

  it("makes Celery's bare name of an unknown task a sentence", () => {
    expect(fromExceptionInfo(info('celery.exceptions', 'NotRegistered', 'no.such.task')).message).toBe(
      "The worker that got the task knows none named 'no.such.task'.",
    );
  });

  it('gives Reject back with both its arguments', () => {
    expect(fromExceptionInfo(info('celery.exceptions', 'Reject', 'no', true))).toMatchObject({
      reason: 'no',
      requeue: true,
    });
  });

  it.each([
    info('os', 'system', 'rm -rf /'),
    info('js', 'Function', 'return process'),
    info('js', 'constructor', 'x'),
    info('__proto__', '__proto__', 'x'),
    info('builtins', 'eval', '1'),
  ])('never takes a class by a name from data: %p', (stored) => {
    expect(fromExceptionInfo(stored)).toBeInstanceOf(RemoteError);
  });

  it.each([
    null,
    undefined,
    'boom',
    5,
    [],
    [['exc_type', 'X']],
    { exc_message: ['x'] },
    { exc_type: 5 },
    { message: 'celery.node' },
  ])('says of %p that it is no stored exception', (stored) => {
    const error = fromExceptionInfo(stored);
    expect(error).toBeInstanceOf(RemoteError);
    expect(error.message).toContain('was not stored as Celery does');
  });

  it('takes a bare exc_message as the one argument, as old senders write it', () => {
    expect(fromExceptionInfo({ exc_type: 'TypeError', exc_message: 'x', exc_module: 'builtins' }).message).toBe('x');
    expect(fromExceptionInfo({ exc_type: 'ValueError' })).toMatchObject({ name: 'ValueError', excModule: null });
  });

  it('carries the traceback as the cause', () => {
    const error = fromExceptionInfo(info('builtins', 'TypeError', 'x'), 'Traceback (most recent call last):\n  …');
    expect(error.cause).toBeInstanceOf(RemoteTraceback);
    expect((error.cause as Error).stack).toBe('Traceback (most recent call last):\n  …');
    expect(fromExceptionInfo(info('js', 'Error', 'x'), null).cause).toBeUndefined();
  });

  it.each([
    info('builtins', 'TypeError', 'x', 2),
    info('celery.exceptions', 'NotRegistered', 'no.such.task'),
    info('celery.exceptions', 'Reject', 'no', false),
    info('billiard.exceptions', 'WorkerLostError', 'exitcode 9'),
    info(null, 'Whatever'),
  ])('gives an error that is again the same exception when it is thrown on: %p', (stored) => {
    expect(toExceptionInfo(fromExceptionInfo(stored, 'trace'))).toEqual(stored);
  });
});

describe('ExceptionRegistry', () => {
  it('ties a class to an exception of Python in both directions, for one app only', () => {
    const registry = new ExceptionRegistry();
    registry.register('proj.mail', 'SmtpError', SmtpError);
    const stored = { exc_type: 'SmtpError', exc_message: ['no route'], exc_module: 'proj.mail' };
    expect(registry.fromInfo(stored)).toBeInstanceOf(SmtpError);
    expect(registry.toInfo(new SmtpError('no route'))).toEqual(stored);
    expect(new ExceptionRegistry().fromInfo(stored)).toBeInstanceOf(RemoteError);
    expect(new ExceptionRegistry().toInfo(new SmtpError('x')).exc_module).toBe('js');
  });

  it('falls back to a RemoteError when the constructor fails', () => {
    class Picky extends Error {
      constructor(message: string) {
        super(message);
        throw new Error('no');
      }
    }
    const registry = new ExceptionRegistry();
    registry.register('m', 'Picky', Picky);
    expect(registry.fromInfo({ exc_type: 'Picky', exc_message: ['x'], exc_module: 'm' })).toBeInstanceOf(RemoteError);
  });
});
