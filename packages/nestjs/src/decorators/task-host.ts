import { TASK_HOST } from './metadata-keys.js';

/**
 * Fixes the prefix of the default names of a class's tasks: with `@TaskHost('reports')` the method `send` is `reports.send`.
 * Needed where a minifier renames classes. It is not inherited: a subclass would claim the same names.
 */
export function TaskHost(prefix: string): ClassDecorator {
  return (target) => Reflect.defineMetadata(TASK_HOST, prefix, target);
}
