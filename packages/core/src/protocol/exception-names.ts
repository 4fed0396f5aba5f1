import { AlreadyRegistered, ImproperlyConfigured, NotRegistered, QueueNotFound } from '../errors/config-errors.js';
import { ContentDisallowed, DecodeError, EncodeError } from '../errors/protocol-errors.js';
import { OperationalError } from '../errors/broker-errors.js';
import {
  Ignore,
  InvalidTaskError,
  MaxRetriesExceededError,
  Reject,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError,
} from '../errors/task-errors.js';

/** Where errors of JavaScript stand that Python has no class for; Python makes one up under `celery.exceptions`. */
export const JS_MODULE = 'js';

/** A class as Python finds it. */
export type PythonName = readonly [module: string | null, type: string];

/** An exception's constructor as it is called here: with what Python's `str()` says, or with the arguments that were sent. */
export type MakeError = (message: string, args: readonly unknown[]) => Error;

/**
 * Exceptions of Python that mean there what an error of that name means here, and that can be made from one string.
 * Not among them: `SyntaxError` and `ReferenceError` (another meaning), and what would end the reading process (`SystemExit`, `KeyboardInterrupt`).
 */
export const PYTHON_BUILTINS: ReadonlySet<string> = words(`
  ArithmeticError AssertionError AttributeError BlockingIOError BrokenPipeError BufferError ChildProcessError ConnectionAbortedError
  ConnectionError ConnectionRefusedError ConnectionResetError EOFError Exception FileExistsError FileNotFoundError FloatingPointError
  IOError ImportError IndexError InterruptedError IsADirectoryError KeyError LookupError MemoryError ModuleNotFoundError NameError
  NotADirectoryError NotImplementedError OSError OverflowError PermissionError ProcessLookupError RecursionError RuntimeError
  SystemError TimeoutError TypeError UnicodeError ValueError ZeroDivisionError
`);

/** Our errors by code, and the class that Celery or kombu has for each. */
export const CELERY_NAMES: ReadonlyMap<string, PythonName> = new Map([
  ['ALREADY_REGISTERED', ['celery.exceptions', 'AlreadyRegistered']],
  ['IGNORE', ['celery.exceptions', 'Ignore']],
  ['IMPROPERLY_CONFIGURED', ['celery.exceptions', 'ImproperlyConfigured']],
  ['INVALID_TASK', ['celery.exceptions', 'InvalidTaskError']],
  ['NOT_REGISTERED', ['celery.exceptions', 'NotRegistered']],
  ['QUEUE_NOT_FOUND', ['celery.exceptions', 'QueueNotFound']],
  ['REJECT', ['celery.exceptions', 'Reject']],
  ['TASK_REVOKED', ['celery.exceptions', 'TaskRevokedError']],
  ['TIMEOUT', ['celery.exceptions', 'TimeoutError']],
  ['RETRY', ['celery.exceptions', 'Retry']],
  ['MAX_RETRIES_EXCEEDED', ['celery.exceptions', 'MaxRetriesExceededError']],
  ['SOFT_TIME_LIMIT_EXCEEDED', ['billiard.exceptions', 'SoftTimeLimitExceeded']],
  ['TIME_LIMIT_EXCEEDED', ['billiard.exceptions', 'TimeLimitExceeded']],
  ['WORKER_LOST', ['billiard.exceptions', 'WorkerLostError']],
  ['CONTENT_DISALLOWED', ['kombu.exceptions', 'ContentDisallowed']],
  ['DECODE_ERROR', ['kombu.exceptions', 'DecodeError']],
  ['ENCODE_ERROR', ['kombu.exceptions', 'EncodeError']],
  ['OPERATIONAL_ERROR', ['kombu.exceptions', 'OperationalError']],
]);

/** What stored exceptions become. Fixed: a class is never looked for by a name from data (CVE-2021-23727). */
export const KNOWN_EXCEPTIONS: ReadonlyMap<string, MakeError> = new Map<string, MakeError>([
  [exceptionKey('builtins', 'TypeError'), (message) => new TypeError(message)],
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(native),
  [exceptionKey('celery.exceptions', 'AlreadyRegistered'), (message) => new AlreadyRegistered(message)],
  [exceptionKey('celery.exceptions', 'Ignore'), (message) => new Ignore(message)],
  [exceptionKey('celery.exceptions', 'ImproperlyConfigured'), (message) => new ImproperlyConfigured(message)],
  [exceptionKey('celery.exceptions', 'InvalidTaskError'), (message) => new InvalidTaskError(message)],
  [exceptionKey('celery.exceptions', 'NotRegistered'), notRegistered],
  [exceptionKey('celery.exceptions', 'QueueNotFound'), (message) => new QueueNotFound(message)],
  [
    exceptionKey('celery.exceptions', 'Reject'),
    (message, args) => new Reject(String(args[0] ?? message), args[1] === true),
  ],
  [exceptionKey('celery.exceptions', 'TaskRevokedError'), (message) => new TaskRevokedError(message)],
  [exceptionKey('celery.exceptions', 'TimeoutError'), (message) => new TimeoutError(message)],
  [exceptionKey('celery.exceptions', 'MaxRetriesExceededError'), (message) => new MaxRetriesExceededError(message)],
  [
    exceptionKey('billiard.exceptions', 'SoftTimeLimitExceeded'),
    (_, [limit]) => new SoftTimeLimitExceeded(seconds(limit)),
  ],
  [exceptionKey('billiard.exceptions', 'TimeLimitExceeded'), (_, [limit]) => new TimeLimitExceeded(seconds(limit))],
  [exceptionKey('billiard.exceptions', 'WorkerLostError'), (message) => new WorkerLostError(message)],
  [exceptionKey('kombu.exceptions', 'ContentDisallowed'), (message) => new ContentDisallowed(message)],
  [exceptionKey('kombu.exceptions', 'DecodeError'), (message) => new DecodeError(message)],
  [exceptionKey('kombu.exceptions', 'EncodeError'), (message) => new EncodeError(message)],
  [exceptionKey('kombu.exceptions', 'OperationalError'), (message) => new OperationalError(message)],
]);

/** One key of both; neither is ever evaluated. */
export function exceptionKey(module: string | null, type: string): string {
  return `${module ?? ''}:${type}`;
}

function native(Native: ErrorConstructor): [string, MakeError] {
  return [exceptionKey(JS_MODULE, Native.name), (message) => new Native(message)];
}

/** billiard's exceptions say their limit only sometimes. */
function seconds(limit: unknown): number {
  return typeof limit === 'number' ? limit : Number.NaN;
}

/** Python sends the bare name, which says little by itself. */
function notRegistered(message: string, [name]: readonly unknown[]): Error {
  const isName = typeof name === 'string' && !/\s/.test(name);
  return new NotRegistered(isName ? `The worker that got the task knows none named '${name}'.` : message);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
