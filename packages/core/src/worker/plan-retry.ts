import { RETRY_OPTIONS } from '../app/option-names.js';
import type { TaskContext } from '../app/task-context.js';
import type { RetryOptions, TaskOptions } from '../app/task-options.js';
import type { RetryPlan } from '../contracts/pool.js';
import { MaxRetriesExceededError, Retry } from '../errors/task-errors.js';
import { formatIso } from '../protocol/iso-date.js';
import { argsRepr, kwargsRepr } from '../protocol/python-repr.js';

/** Celery's defaults of a task. */
const MAX_RETRIES = 3;
const DELAY = 180;
const BACKOFF_MAX = 600;

/**
 * The error that ends this run: `Retry` with the plan for the next one, or why there is none. Celery's `Task.retry`.
 * @throws ImproperlyConfigured for an option that a retry does not have, or a value of the wrong kind
 */
export function planRetry(context: TaskContext, task: TaskOptions, written: RetryOptions): unknown {
  const options = RETRY_OPTIONS.fits(written)
    ? written
    : RETRY_OPTIONS.read(written, `retry() of task '${context.name}'`);
  const { args, kwargs, exc, countdown, eta, maxRetries, ...rest } = options;
  const limit = maxRetries ?? (task.maxRetries === undefined ? MAX_RETRIES : task.maxRetries);
  if (limit !== null && context.retries + 1 > limit) return exc ?? exceeded(context);
  const delay = countdown ?? (eta === undefined ? (task.defaultRetryDelay ?? DELAY) : undefined);
  const at = eta instanceof Date ? formatIso(eta, 'UTC') : eta;
  const plan: RetryPlan = {
    ...(delay === undefined ? {} : { countdown: delay }),
    ...(delay !== undefined || at === undefined ? {} : { eta: at }),
    ...(args === undefined ? {} : { args: [...args] }),
    ...(kwargs === undefined ? {} : { kwargs }),
    options: rest,
  };
  return new Retry(plan, exc, retryText(delay, at, exc));
}

/**
 * The options of the automatic retry: `retryKwargs`, with the exponential backoff as countdown. Celery's `autoretry_for`.
 * @param random from 0 to below 1
 */
export function autoretryOptions(task: TaskOptions, retries: number, exc: unknown, random: number): RetryOptions {
  const options: RetryOptions = { ...task.retryKwargs, exc };
  const { retryBackoff: backoff, retryBackoffMax = BACKOFF_MAX, retryJitter = true } = task;
  if (backoff === undefined || backoff === false || backoff === 0) return options;
  const factor = Math.trunc(Math.max(1, Number(backoff)));
  const full = Math.min(retryBackoffMax, factor * 2 ** retries);
  return { ...options, countdown: retryJitter ? Math.floor(random * (Math.trunc(full) + 1)) : full };
}

function exceeded({ name, id, args, kwargs }: TaskContext): MaxRetriesExceededError {
  return new MaxRetriesExceededError(
    `Can't retry ${name}[${id}] args:${argsRepr(args)} kwargs:${kwargsRepr(kwargs as Record<string, unknown>)}`,
  );
}

/** As Celery's `str(Retry)`. */
function retryText(delay: number | undefined, eta: string | undefined, exc: unknown): string {
  const when = delay === undefined ? `at ${eta}` : `in ${delay}s`;
  return exc === undefined ? `Retry ${when}` : `Retry ${when}: ${describe(exc)}`;
}

function describe(exc: unknown): string {
  return exc instanceof Error ? `${exc.name}(${JSON.stringify(exc.message)})` : String(exc);
}
