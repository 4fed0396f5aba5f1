import type { CompiledConfig } from './compiled-config.js';
import type { TaskAnnotations } from './config.js';
import type { TaskOptions } from './task-options.js';

/** The options of a task with `taskAnnotations` laid over them: for its name first, then for `'*'`, as Celery does. */
export function annotated(name: string, options: TaskOptions, { taskAnnotations }: CompiledConfig): TaskOptions {
  return taskAnnotations.reduce(
    (known, annotations) => ({ ...known, ...annotationOf(annotations, name, known) }),
    options,
  );
}

function annotationOf(annotations: TaskAnnotations, name: string, options: TaskOptions): TaskOptions {
  if (typeof annotations === 'function') return annotations(name, options) ?? {};
  const own = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  const all = Object.hasOwn(annotations, '*') ? annotations['*'] : undefined;
  return { ...own, ...all };
}
