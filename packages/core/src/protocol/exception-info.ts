import { RemoteError, RemoteTraceback } from '../errors/remote-error.js';
import type { RemoteException } from '../errors/remote-error.js';
import { CELERY_NAMES, exceptionKey, JS_MODULE, KNOWN_EXCEPTIONS, PYTHON_BUILTINS } from './exception-names.js';
import type { MakeError, PythonName } from './exception-names.js';
import { classTag, isRecord } from './class-tag.js';
import { hasCode, isCeleryError } from '../errors/celery-error.js';
import type { TimeLimitExceeded } from '../errors/task-errors.js';
import { encodeJson } from './json.js';
import { argsRepr, pythonRepr } from './python-repr.js';

/** An exception as Celery stores and sends it. The keys are the wire's. */
export interface ExceptionInfo {
  exc_type: string;
  /** Constructor arguments: a list from Celery 4 on, a bare value from elsewhere. */
  exc_message: unknown;
  exc_module: string | null;
}

/**
 * What an error may say of itself, on the object or (module and type) as a static of its class, to reach Python as a class of Python's:
 * `static excModule = 'proj.errors'`.
 */
export interface PythonException {
  excModule?: string | null;
  /** @default the name of the class */
  excType?: string;
  /** Arguments of the constructor in Python. @default [message] */
  excArgs?: readonly unknown[];
}

/**
 * Whatever a task threw, as Celery stores it: the class's name, `[message]`, and the module `builtins` where Python has that class,
 * `celery.exceptions` or `kombu.exceptions` for our own, what `PythonException` or `registered` (names by class) say, else `js`. Never throws.
 */
export function toExceptionInfo(thrown: unknown, registered?: ReadonlyMap<unknown, PythonName>): ExceptionInfo {
  try {
    return isError(thrown)
      ? describe(thrown, registered?.get(thrown.constructor))
      : info(JS_MODULE, 'NonError', [thrown]);
  } catch {
    return info(JS_MODULE, 'Error', ['The task threw an object that cannot be read.']);
  }
}

/** Makes errors of stored exceptions. Each app has its own, so that `register` in one is not seen by another. */
export class ExceptionRegistry {
  readonly #registered = new Map<string, MakeError>();
  readonly #names = new Map<unknown, PythonName>();

  /**
   * Ties a class to an exception of Python, both ways: what Python raises becomes the class, made with what Python's `str()` says of it,
   * and what is thrown of exactly this class becomes that exception.
   */
  register(module: string, type: string, ErrorClass: new (message: string) => Error): void {
    this.#registered.set(exceptionKey(module, type), (message) => new ErrorClass(message));
    this.#names.set(ErrorClass, [module, type]);
  }

  /** `toExceptionInfo`, with the names of registered classes. Never throws. */
  toInfo(thrown: unknown): ExceptionInfo {
    return toExceptionInfo(thrown, this.#names);
  }

  /**
   * The error of a stored exception: a registered class, a class of JavaScript or of ours, else a `RemoteError`, as it is for
   * information that cannot be read. A traceback becomes its `cause`. Never throws.
   */
  fromInfo(stored: unknown, traceback?: string | null): Error {
    const remote = readInfo(stored);
    const error = remote ? (this.#known(remote) ?? new RemoteError(messageOf(remote), remote)) : malformed(stored);
    if (traceback) hide(error, 'cause', new RemoteTraceback(traceback));
    return error;
  }

  #known(remote: RemoteException): Error | undefined {
    const key = exceptionKey(remote.excModule, remote.excType);
    const make = this.#registered.get(key) ?? KNOWN_EXCEPTIONS.get(key);
    try {
      return make && remember(make(messageOf(remote), remote.excArgs), remote);
    } catch {
      // the constructor wants something else than a message
      return undefined;
    }
  }
}

const withoutRegistrations = new ExceptionRegistry();

/** `ExceptionRegistry.fromInfo` for those who have registered nothing. */
export function fromExceptionInfo(stored: unknown, traceback?: string | null): Error {
  return withoutRegistrations.fromInfo(stored, traceback);
}

function describe(error: Error & PythonException, registered: PythonName | undefined): ExceptionInfo {
  const args = Array.isArray(error.excArgs) ? error.excArgs : defaultArgs(error);
  const [module, type] = hinted(error) ?? registered ?? nameOf(error);
  return info(module, type, args);
}

/** What the error or its class says of itself. */
function hinted(error: Error & PythonException): PythonName | undefined {
  const ofClass = error.constructor as PythonException | undefined;
  const module = error.excModule === undefined ? ofClass?.excModule : error.excModule;
  return module === undefined ? undefined : [module, error.excType ?? ofClass?.excType ?? errorName(error)];
}

function nameOf(error: Error): PythonName {
  const own = isCeleryError(error) ? CELERY_NAMES.get(error.code) : undefined;
  const type = errorName(error);
  return own ?? [PYTHON_BUILTINS.has(type) ? 'builtins' : JS_MODULE, type];
}

/** Celery's `Reject(reason, requeue)` takes two, billiard's time limits take the seconds or nothing. */
function defaultArgs(error: Error): unknown[] {
  if (hasCode(error, 'TIME_LIMIT_EXCEEDED')) return [(error as TimeLimitExceeded).limit];
  if (hasCode(error, 'SOFT_TIME_LIMIT_EXCEEDED')) return [];
  if (isCeleryError(error) && error.code === 'REJECT') {
    const { reason, requeue } = error as Error & { reason?: unknown; requeue?: unknown };
    return [reason, requeue];
  }
  return [error.message];
}

/** A subclass that does not set `name` inherits 'Error': then its class is named. */
function errorName(error: Error): string {
  const { name } = error;
  return typeof name === 'string' && name !== '' && name !== 'Error' ? name : error.constructor.name || 'Error';
}

function info(module: string | null, type: string, args: readonly unknown[]): ExceptionInfo {
  return { exc_type: type, exc_message: args.map(encodable), exc_module: module };
}

/** As in Celery: what cannot be sent is replaced by its repr. */
function encodable(value: unknown): unknown {
  try {
    encodeJson(value);
    return value;
  } catch {
    return isError(value) ? `${errorName(value)}(${pythonRepr(value.message)})` : pythonRepr(value);
  }
}

function isError(value: unknown): value is Error {
  return value instanceof Error || (typeof value === 'object' && value !== null && classTag(value) === 'Error');
}

function readInfo(stored: unknown): RemoteException | undefined {
  if (!isRecord(stored)) return undefined;
  const { exc_type: excType, exc_message: message = '', exc_module: module = null } = stored;
  if (typeof excType !== 'string' || excType === '') return undefined;
  const excModule = typeof module === 'string' ? module : null;
  return { excType, excModule, excArgs: Array.isArray(message) ? (message as unknown[]) : [message] };
}

/** Python's `str(exception)`; the type where that is empty. A `KeyError` shows its key as a repr. */
function messageOf({ excType, excArgs }: RemoteException): string {
  const [first] = excArgs;
  if (excArgs.length > 1) return argsRepr(excArgs);
  if (typeof first === 'string' && excType !== 'KeyError') return first || excType;
  return excArgs.length === 0 ? excType : pythonRepr(first);
}

function malformed(stored: unknown): RemoteError {
  const message =
    'The task failed, but its exception was not stored as Celery does ({exc_type, exc_message, exc_module}). ' +
    `This was stored: ${pythonRepr(stored, 256)}`;
  return new RemoteError(message, { excType: 'MalformedException', excModule: JS_MODULE, excArgs: [message] });
}

/** Thrown on, it is again the exception that it was. */
function remember(error: Error, remote: RemoteException): Error {
  for (const key of ['excModule', 'excType', 'excArgs'] as const) hide(error, key, remote[key]);
  return error;
}

/** Not enumerable: what is for machines stays out of logs. */
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
