import { ImproperlyConfigured } from '../errors/config-errors.js';
import { InvalidArguments } from '../errors/task-errors.js';
import type { StandardIssue, StandardSchema } from './task-options.js';

/**
 * The list of positional arguments as the task's schema gives it back.
 * @throws InvalidArguments naming the task and the path of each argument that does not fit;
 * ImproperlyConfigured when the schema gives back anything but a list.
 */
export async function validateArguments(
  task: string,
  schema: StandardSchema,
  args: readonly unknown[],
): Promise<unknown[]> {
  const result = await schema['~standard'].validate(args);
  if (result.issues) throw new InvalidArguments(`${task}(): ${result.issues.map(sentence).join('; ')}`);
  if (Array.isArray(result.value)) return result.value as unknown[];
  throw new ImproperlyConfigured(
    `The schema of task ${task} must describe the list of its arguments, and give a list back: a tuple, not an object.`,
  );
}

/** `args[0].email: must be a mail address` */
function sentence({ message, path = [] }: StandardIssue): string {
  return `args${path.map(step).join('')}: ${message}`;
}

/** A step is a key, or an object with the key. */
function step(part: unknown): string {
  const key = typeof part === 'object' && part !== null && 'key' in part ? part.key : part;
  return typeof key === 'string' && !/^\d+$/.test(key) ? `.${key}` : `[${String(key)}]`;
}
