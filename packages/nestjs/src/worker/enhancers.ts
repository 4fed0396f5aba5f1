import {
  CUSTOM_ROUTE_ARGS_METADATA,
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import type { ExternalContextCreator } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { ARGUMENT_TYPE } from '../decorators/task-params.js';
import type { DiscoveredTask } from '../discovery/task-explorer.js';
import type { GlobalEnhancers } from './global-enhancers.js';
import type { TaskParameters } from '../parameters/task-parameters.js';

type ParamsFactory = NonNullable<Parameters<ExternalContextCreator['create']>[4]>;

/** What Nest is told of a task method that has enhancers. */
export interface Enhancers {
  readonly filters: boolean;
  /** Tells Nest the value of each argument; it is called with `[values, context]`. */
  readonly paramsFactory: ParamsFactory;
}

/** Where the parameters of a task method are described in Nest's own format. */
export const TASK_ARGS_METADATA = 'nestjs-celery:task-args';

interface NestParam {
  readonly index: number;
  readonly data?: unknown;
  readonly pipes?: readonly unknown[];
}

/**
 * The enhancers on a task's class, method and parameters, and the global ones where those are to run; undefined when there are
 * none, and Nest's chain can be left out.
 * @throws ImproperlyConfigured for one that Nest did not bind: it would be skipped in silence.
 */
export function readEnhancers(
  task: DiscoveredTask,
  parameters: TaskParameters,
  globals?: GlobalEnhancers,
): Enhancers | undefined {
  const params = nestParams(task);
  const paramPipes = Object.values(params).flatMap(({ pipes = [] }) => pipes);
  const pipes = [...bound(task, PIPES_METADATA), ...paramPipes];
  const filters = bound(task, EXCEPTION_FILTERS_METADATA);
  const all = [...bound(task, GUARDS_METADATA), ...bound(task, INTERCEPTORS_METADATA), ...filters, ...pipes];
  if (!globals && all.length === 0 && parameters.custom.size === 0) return undefined;
  all.forEach((enhancer) => assertBound(task, enhancer));
  return {
    filters: globals?.filters === true || filters.length > 0,
    paramsFactory: describeParameters(task, parameters, params),
  };
}

function nestParams({ prototype, method }: DiscoveredTask): Readonly<Record<string, NestParam>> {
  return (Reflect.getMetadata(ROUTE_ARGS_METADATA, prototype.constructor, method) ?? {}) as Record<string, NestParam>;
}

function bound({ prototype, method }: DiscoveredTask, key: string): unknown[] {
  const handler = (prototype as Record<string, object>)[method] as object;
  const onClass = (Reflect.getMetadata(key, prototype.constructor) ?? []) as unknown[];
  return [...onClass, ...((Reflect.getMetadata(key, handler) ?? []) as unknown[])];
}

/** Nest scans classes only: what a factory or a value gives keeps the decorators, but their classes are never instantiated. */
function assertBound({ source, provider, prototype }: DiscoveredTask, enhancer: unknown): void {
  if (typeof enhancer !== 'function' || provider.host?.injectables.has(enhancer)) return;
  throw new ImproperlyConfigured(
    `${source}: ${enhancer.name} would not run, because Nest binds it to providers that are given as a class. ` +
      `Provide ${prototype.constructor.name} as a class, or decorate with an instance: new ${enhancer.name}().`,
  );
}

/** Every parameter is listed, so that a pipe on the method sees arguments that have no decorator. */
function describeParameters(
  { prototype, method }: DiscoveredTask,
  parameters: TaskParameters,
  written: Readonly<Record<string, NestParam>>,
): ParamsFactory {
  const described: Record<string, NestParam & { factory?: unknown }> = {};
  const indexes = new Map<unknown, number>();
  // One entry at least: without any, Nest would hand the method `values` and `context` themselves.
  for (let index = 0; index < Math.max(parameters.count, 1); index += 1) {
    const argument = parameters.arguments.find((each) => each.index === index);
    const data = argument?.name ?? `#${index + 1}`;
    const key = `${ARGUMENT_TYPE}:${index}`;
    indexes.set(data, index);
    if (argument) described[key] = { pipes: [], ...written[key], index, data };
    else described[`task${CUSTOM_ROUTE_ARGS_METADATA}:${index}`] = injectedParam(index);
  }
  for (const [key, param] of Object.entries(written)) {
    if (!key.includes(CUSTOM_ROUTE_ARGS_METADATA)) continue;
    delete described[`task${CUSTOM_ROUTE_ARGS_METADATA}:${param.index}`];
    described[key] = param;
  }
  Reflect.defineMetadata(TASK_ARGS_METADATA, described, prototype.constructor, method);
  return { exchangeKeyForValue: (_type, data, [values]: [unknown[]]) => values[indexes.get(data) as number] };
}

/** A value that binding has put in its place already; to pipes it is `custom`, as that of any decorator of the application. */
function injectedParam(index: number): NestParam & { factory: unknown } {
  const factory = (_data: unknown, context: { getArgByIndex(at: number): unknown[] }) =>
    context.getArgByIndex(0)[index];
  return { index, pipes: [], factory };
}
