import type { TaskDeclaration } from '../discovery/task-metadata.js';
import { createBinder } from './binding.js';
import { readParameters } from './task-parameters.js';

/** Throws InvalidArguments when a call does not fit the task's parameters. */
export type ArgumentCheck = (args: readonly unknown[], kwargs: Readonly<Record<string, unknown>> | undefined) => void;

const NO_KWARGS = {};

/**
 * What a caller checks before it sends: number and names of the arguments. Undefined where no parameter has a name, or the task says
 * `typing: false`. Celery's `typing`.
 * @throws ImproperlyConfigured when the task's parameters cannot be named as it says
 */
export function createArgumentCheck(prototype: object, task: TaskDeclaration): ArgumentCheck | undefined {
  const { name, method, options } = task;
  if (options.typing === false) return undefined;
  const parameters = readParameters(prototype, method, options.params);
  if (!parameters.named) return undefined;
  const bind = createBinder(name, parameters);
  const least = parameters.arguments.findLastIndex(({ required }) => required) + 1;
  const most = parameters.arguments.length;
  return (args, kwargs) => {
    const fits = kwargs === undefined && args.length >= least && args.length <= most;
    if (!fits) bind([...args], kwargs ?? NO_KWARGS);
  };
}
