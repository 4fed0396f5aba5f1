import { currentTask, InvalidArguments } from '@nestjs-celery/core';
import type { Argument, TaskParameters } from './task-parameters.js';

type KeywordArgs = Readonly<Record<string, unknown>>;

/** Makes the list of values that the method is called with. */
export type Binder = (args: unknown[], kwargs: KeywordArgs) => unknown[];

/**
 * Binds a call to a method's parameters as Python does. Where no parameter has a name, positional arguments pass as they come,
 * unless `closed` says that there is no room for more than are declared.
 * The binder throws InvalidArguments, in Python's words and naming the task, for an argument too many, missing, unknown or given twice.
 */
export function createBinder(task: string, parameters: TaskParameters, closed = false): Binder {
  const { named, context, kwargs, custom } = parameters;
  const passes = !named && !closed && context.length + kwargs.length + custom.size === 0;
  if (!passes) return (args, keywords) => bind({ task, parameters, closed: named || closed }, args, keywords);
  return (args, keywords) => {
    const [keyword] = Object.keys(keywords);
    if (keyword !== undefined) throw new InvalidArguments(unexpected(task, keyword));
    return args;
  };
}

interface Binding {
  readonly task: string;
  readonly parameters: TaskParameters;
  readonly closed: boolean;
}

/** In Python's order: positional arguments, keywords, then what is too many, then what is missing. */
function bind({ task, parameters, closed }: Binding, args: unknown[], keywords: KeywordArgs): unknown[] {
  const values: unknown[] = Array.from({ length: parameters.count });
  const bound = bindPositional(parameters, closed, args, values);
  const rest = bindKeywords(task, parameters, keywords, values, bound);
  if (closed && args.length > parameters.arguments.length) {
    throw new InvalidArguments(tooMany(task, parameters.arguments, args.length));
  }
  const missing = parameters.named
    ? parameters.arguments.filter((each) => each.required && !bound.has(each.index))
    : [];
  if (missing.length > 0) throw new InvalidArguments(lacking(task, missing));
  for (const index of parameters.kwargs) values[index] = rest;
  for (const index of parameters.context) values[index] = currentTask();
  return values;
}

function bindPositional(
  { arguments: slots, count }: TaskParameters,
  closed: boolean,
  args: unknown[],
  values: unknown[],
): Set<number> {
  const bound = new Set<number>();
  args.forEach((value, position) => {
    const index = slots[position]?.index ?? (closed ? undefined : count + position - slots.length);
    if (index === undefined) return;
    values[index] = value;
    bound.add(index);
  });
  return bound;
}

/** Returns what `@Kwargs()` takes; without it every keyword must have a parameter. */
function bindKeywords(
  task: string,
  { arguments: slots, kwargs: takers }: TaskParameters,
  kwargs: KeywordArgs,
  values: unknown[],
  bound: Set<number>,
): KeywordArgs {
  const rest: [string, unknown][] = [];
  for (const [name, value] of Object.entries(kwargs)) {
    const slot = slots.find((each) => each.name === name);
    if (!slot && takers.length === 0) throw new InvalidArguments(unexpected(task, name));
    if (slot && bound.has(slot.index))
      throw new InvalidArguments(`${task}() got multiple values for argument '${name}'`);
    if (!slot) rest.push([name, value]);
    else {
      values[slot.index] = value;
      bound.add(slot.index);
    }
  }
  return Object.fromEntries(rest);
}

function unexpected(task: string, keyword: string): string {
  return `${task}() got an unexpected keyword argument '${keyword}'`;
}

function tooMany(task: string, slots: readonly Argument[], given: number): string {
  const least = slots.filter(({ required }) => required).length;
  const takes = least === slots.length ? String(least) : `from ${least} to ${slots.length}`;
  const plural = slots.length === 1 && least === slots.length ? '' : 's';
  return `${task}() takes ${takes} positional argument${plural} but ${given} ${given === 1 ? 'was' : 'were'} given`;
}

function lacking(task: string, missing: readonly Argument[]): string {
  const names = missing.map(({ name, index }) => (name === undefined ? `#${index + 1}` : `'${name}'`));
  const last = names.length > 2 ? `, and ${names.at(-1)}` : ` and ${names.at(-1)}`;
  const listed = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')}${last}`;
  return `${task}() missing ${names.length} required positional argument${names.length === 1 ? '' : 's'}: ${listed}`;
}
