import { validateArguments } from '@nestjs-celery/core';
import type { StandardSchema } from '@nestjs-celery/core';
import type { TaskParameters } from '../parameters/task-parameters.js';

/**
 * Puts what the schema makes of the arguments in their place among the bound values; what is injected is not the schema's
 * business. Keywords have been bound: for the schema they are arguments like the others. Undefined where there is no schema.
 */
export function checkedValues(
  task: string,
  schema: StandardSchema | undefined,
  parameters: TaskParameters,
): ((values: unknown[]) => Promise<unknown[]>) | undefined {
  if (!schema) return undefined;
  const { context, kwargs, custom } = parameters;
  const injected = new Set([...context, ...kwargs, ...custom]);
  return async (values) => {
    const given = withoutGap(values.filter((_, index) => !injected.has(index)));
    const args = (await validateArguments(task, schema, given)).values();
    const length = Math.max(values.length, parameters.count);
    const checked = Array.from({ length }, (_, index) => (injected.has(index) ? values[index] : args.next().value));
    return [...checked, ...args];
  };
}

/** What was not given at the end is not there for a schema, whose optional elements may be missing but not undefined. */
function withoutGap(values: readonly unknown[]): unknown[] {
  return values.slice(0, values.findLastIndex((value) => value !== undefined) + 1);
}
