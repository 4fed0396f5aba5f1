import { CUSTOM_ROUTE_ARGS_METADATA, PARAMTYPES_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { TASK_PARAMS } from '../decorators/metadata-keys.js';
import type { TaskParam } from '../decorators/task-params.js';

/** A parameter that callers pass. */
export interface Argument {
  readonly index: number;
  /** Its name for keywords; undefined: by position only. */
  readonly name: string | undefined;
  /** A call without it is an error. */
  readonly required: boolean;
}

/** The parameters of a task method, by what fills them. */
export interface TaskParameters {
  readonly arguments: readonly Argument[];
  /** Some argument has a name: then a call is checked as Python checks it. Else positional arguments pass as they come. */
  readonly named: boolean;
  /** Where the running task goes. */
  readonly context: readonly number[];
  /** Where the keywords go that no argument takes. */
  readonly kwargs: readonly number[];
  /** Parameters of the application's own decorators, which Nest fills in. */
  readonly custom: ReadonlySet<number>;
  /** As many as the method is known to declare. */
  readonly count: number;
}

type Method = (...args: unknown[]) => unknown;

/** Nest keeps parameter decorators with the class, ours are kept with the prototype. */
type NestParams = Readonly<Record<string, { readonly index: number }>>;

/**
 * Reads decorators and the method itself.
 * @param names the option `params`: names of the positional parameters in order, `?` at the end of one that may be left out
 * @throws ImproperlyConfigured when two names meet
 */
export function readParameters(prototype: object, method: string, names: readonly string[] = []): TaskParameters {
  const ours = (Reflect.getMetadata(TASK_PARAMS, prototype, method) ?? []) as TaskParam[];
  const custom = customParams(prototype, method);
  const injected = new Set([...custom, ...ours.filter(({ kind }) => kind !== 'argument').map(({ index }) => index)]);
  const count = countParams(prototype, method, [...injected, ...ours.map(({ index }) => index)], names.length);
  const free = Array.from({ length: count }, (_, index) => index).filter((index) => !injected.has(index));
  const given = nameArguments(free, names, ours, `${prototype.constructor.name}.${method}`);
  const declared = (prototype as Record<string, Method>)[method]?.length ?? 0;
  return {
    arguments: free.map((index) => toArgument(index, given.get(index), declared)),
    named: given.size > 0,
    context: indexes(ours, 'context'),
    kwargs: indexes(ours, 'kwargs'),
    custom,
    count,
  };
}

/** `length` ends at the first default value or rest parameter; the emitted types (where the compiler emits them) do not. */
function countParams(prototype: object, method: string, decorated: readonly number[], names: number): number {
  const types = (Reflect.getMetadata(PARAMTYPES_METADATA, prototype, method) ?? []) as unknown[];
  const written = (prototype as Record<string, Method>)[method]?.length ?? 0;
  const known = Math.max(types.length, written, ...decorated.map((index) => index + 1));
  const injected = new Set(decorated).size;
  return names > 0 && types.length === 0 ? Math.max(known, names + injected) : known;
}

function customParams(prototype: object, method: string): ReadonlySet<number> {
  const params = (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, method) ?? {}) as NestParams;
  const custom = Object.entries(params).filter(([key]) => key.includes(CUSTOM_ROUTE_ARGS_METADATA));
  return new Set(custom.map(([, { index }]) => index));
}

function nameArguments(
  free: readonly number[],
  names: readonly string[],
  ours: readonly TaskParam[],
  place: string,
): ReadonlyMap<number, string> {
  if (names.length > free.length) {
    throw new ImproperlyConfigured(
      `${place} has ${free.length} parameter(s) for callers, but params names ${names.length}.`,
    );
  }
  const decorated = ours.flatMap((param) => (param.kind === 'argument' ? [[param.index, param.name] as const] : []));
  const listed = names.map((name, position) => [free[position] as number, name] as const);
  const given = new Map([...listed, ...decorated]);
  if (given.size < listed.length + decorated.length) {
    throw new ImproperlyConfigured(`${place}: a parameter is named by params and by @Kwarg. Use one of them.`);
  }
  const plain = [...given.values()].map(plainName);
  const twice = plain.find((name, index) => plain.indexOf(name) !== index);
  if (twice !== undefined) throw new ImproperlyConfigured(`${place}: two parameters are named '${twice}'.`);
  return given;
}

function toArgument(index: number, name: string | undefined, declared: number): Argument {
  const optional = name?.endsWith('?') === true || index >= declared;
  return { index, name: name === undefined ? undefined : plainName(name), required: !optional };
}

const plainName = (name: string): string => name.replace(/\?$/, '');

function indexes(params: readonly TaskParam[], kind: TaskParam['kind']): number[] {
  return params.filter((param) => param.kind === kind).map(({ index }) => index);
}
