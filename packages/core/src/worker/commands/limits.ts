import { ratePerSecond } from '../../app/rate-limit.js';
import { pythonText } from '../../protocol/python-literals.js';
import type { RunnableTask } from '../runnable-task.js';
import { errorRepr, nok, ok, required } from './command.js';
import type { Command, ControlledWorker } from './command.js';

/** Celery's `rate_limit`: how often a worker starts tasks of one type. */
export const rateLimit: Command = (worker, args) => {
  const name = required(args, 'task_name', 'rate_limit');
  const rate = required(args, 'rate_limit', 'rate_limit');
  if (!isRate(rate)) return nok(`Invalid rate limit string: ${whyNoRate(rate)}`);
  const task = findTask(worker, name, 'Rate limit attempt');
  if (!task) return nok('unknown task');
  task.rateLimit = rate;
  worker.dispatcher.rateLimitChanged(task);
  if (!rate) {
    worker.log.say('INFO', `Rate limits disabled for tasks of type ${String(name)}`);
    return ok('rate limit disabled successfully');
  }
  worker.log.say('INFO', `New rate limit for tasks of type ${String(name)}: ${rate}.`);
  return ok('new rate limit set successfully');
};

/** Celery's `time_limit`: it holds for runs that start from now on. */
export const timeLimit: Command = (worker, { task_name: name = null, hard = null, soft = null }) => {
  const task = findTask(worker, name, 'Change time limit attempt');
  if (!task) return nok('unknown task');
  task.limits = { soft: seconds('soft', soft), hard: seconds('hard', hard) };
  worker.log.say('INFO', `New time limits for tasks of type ${String(name)}: soft=${soft} hard=${hard}`);
  return ok('time limits set successfully');
};

function findTask({ tasks, log }: ControlledWorker, name: unknown, what: string): RunnableTask | undefined {
  const task = typeof name === 'string' ? tasks.get(name) : undefined;
  if (!task) log.say('ERROR', `${what} for unknown task ${String(name)}`);
  return task;
}

function isRate(rate: unknown): rate is RunnableTask['rateLimit'] {
  return ratePerSecond(rate) !== undefined;
}

/** Python's words. */
function whyNoRate(rate: unknown): string {
  const count = String(rate).split('/')[0] ?? '';
  const error = new Error(`could not convert string to float: ${pythonText(count)}`);
  error.name = 'ValueError';
  return errorRepr(error);
}

/** 0 and null are no limit. @throws TypeError */
function seconds(name: string, value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) return value || null;
  throw new TypeError(`${name} must be a number of seconds or null`);
}
