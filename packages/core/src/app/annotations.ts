import { ImproperlyConfigured } from '../errors/config-errors.js';
import { checkTaskOptions } from './check-task-options.js';
import type { CompiledConfig } from './compiled-config.js';
import type { TaskAnnotations, TaskAnnotator } from './config.js';
import type { TaskOptions } from './task-options.js';

/** An annotation says no limit by null, whatever the settings say: as Celery's, which are laid over what the settings gave. */
const NO_LIMIT = ['rateLimit', 'timeLimit', 'softTimeLimit'] as const;

/**
 * The options of a task with `taskAnnotations` laid over them: the first that is for its name (or a function that has something to say
 * about it), then the first for `'*'`, which wins. As Celery does.
 * @throws ImproperlyConfigured for what a function gives back and no task may have.
 */
export function annotated(name: string, options: TaskOptions, { taskAnnotations }: CompiledConfig): TaskOptions {
  if (taskAnnotations.length === 0) return options;
  const own = first(taskAnnotations, (each) => annotationOf(each, name, options));
  const all = first(taskAnnotations, (each) => (typeof each === 'function' ? undefined : entry(each, '*')));
  return { ...options, ...own, ...all };
}

/** The setting as everything below uses it. @throws ImproperlyConfigured naming the annotation and the option */
export function compileAnnotations(
  written: TaskAnnotations | readonly TaskAnnotations[] | null | undefined,
): readonly TaskAnnotations[] {
  return [written ?? []].flat().map((each, index) => {
    if (typeof each === 'function') return each as TaskAnnotator;
    if (typeof each === 'object' && each !== null) return compileMap(each as Readonly<Record<string, TaskOptions>>);
    throw new ImproperlyConfigured(
      `taskAnnotations[${index}] is ${String(each)}: give a map of options by task name, or a function.`,
    );
  });
}

function compileMap(map: Readonly<Record<string, TaskOptions>>): TaskAnnotations {
  return Object.fromEntries(
    Object.entries(map).map(([name, options]) => [name, compileOptions(options, `taskAnnotations: '${name}'`)]),
  );
}

function compileOptions(written: TaskOptions, where: string): TaskOptions {
  const around = Object.keys(written ?? {}).find((key) => key.startsWith('@'));
  if (around !== undefined) {
    throw new ImproperlyConfigured(
      `${where}: '${around}' would wrap a method of the task: use an interceptor instead.`,
    );
  }
  const options = checkTaskOptions(written, where);
  const off = NO_LIMIT.filter((name) => options[name] === null).map((name) => [name, 0] as const);
  return Object.fromEntries([...Object.entries(options).filter(([, value]) => value !== undefined), ...off]);
}

function annotationOf(annotations: TaskAnnotations, name: string, options: TaskOptions): TaskOptions | undefined {
  if (typeof annotations !== 'function') return entry(annotations, name);
  const given = annotations(name, options);
  return given ? compileOptions(given, `taskAnnotations: what the function gives for '${name}'`) : undefined;
}

/** The name comes from a message, and may be that of a property which every object has. */
function entry(map: Readonly<Record<string, TaskOptions>>, name: string): TaskOptions | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function first<T, R>(values: readonly T[], find: (value: T) => R | undefined): R | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
