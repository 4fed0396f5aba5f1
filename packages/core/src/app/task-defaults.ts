import { annotated } from './annotations.js';
import { checkLimits, checkTaskOptions } from './check-task-options.js';
import type { CompiledConfig } from './compiled-config.js';
import { overlay } from './overlay.js';
import { redactedCall, shownReprs } from './redact.js';
import type { TaskCall } from './task-call.js';
import type { ApplyAsyncOptions, TaskOptions } from './task-options.js';

interface Defaults {
  readonly name: string;
  readonly options: ApplyAsyncOptions;
  readonly shadowName: TaskOptions['shadowName'];
  readonly redact: TaskOptions['redact'];
}

/** What the calls of a task take over from it, where the task is known to the caller. Celery's `Task._get_exec_options`. */
export class TaskDefaults {
  readonly #known = new WeakMap<TaskOptions, Defaults>();

  constructor(private readonly config: CompiledConfig) {}

  /**
   * The options of a call over those of its task; what the call says wins.
   * @throws ImproperlyConfigured for options that no task may have; with each call, as Celery does
   */
  of({ name, args, options }: TaskCall, task: TaskOptions): ApplyAsyncOptions {
    let known = this.#known.get(task);
    if (known?.name !== name) {
      known = this.#compile(name, task);
      this.#known.set(task, known);
    }
    const merged = overlay(known.options, options) as ApplyAsyncOptions;
    const { shadowName, redact } = known;
    if (!shadowName && !redact) return merged;
    const kwargs = options.kwargs ?? {};
    const shadow = merged.shadow || shadowName?.(args, kwargs, options);
    const shown = redact ? shownReprs(redactedCall(redact, args, kwargs)) : {};
    return { ...overlay(shown, merged), ...(shadow && { shadow }) };
  }

  #compile(name: string, written: TaskOptions): Defaults {
    const where = `The task '${name}'`;
    const task = annotated(name, checkTaskOptions(written, where), this.config);
    const { queue, exchange, routingKey, priority, deliveryMode, serializer, expires, shadowName, redact } = task;
    effectiveLimits(task, this.config, where);
    // a limit of the settings is left to the worker, which has its own
    const limits = { timeLimit: task.timeLimit || undefined, softTimeLimit: task.softTimeLimit || undefined };
    const attributes = { queue, exchange, routingKey, priority, deliveryMode, serializer, expires, ...limits };
    const ignoreResult = task.ignoreResult ?? this.config.taskIgnoreResult;
    return { name, options: overlay({ ignoreResult }, attributes), shadowName, redact };
  }
}

/**
 * The time limits of a task: its own, else the settings'; undefined where there is none.
 * @throws ImproperlyConfigured for a soft limit above the hard one
 */
export function effectiveLimits(
  task: TaskOptions,
  config: CompiledConfig,
  where: string,
): { readonly timeLimit?: number; readonly softTimeLimit?: number } {
  const timeLimit = (task.timeLimit ?? config.taskTimeLimit) || undefined;
  const softTimeLimit = (task.softTimeLimit ?? config.taskSoftTimeLimit) || undefined;
  const limits = { ...(timeLimit && { timeLimit }), ...(softTimeLimit && { softTimeLimit }) };
  checkLimits(limits, where);
  return limits;
}
