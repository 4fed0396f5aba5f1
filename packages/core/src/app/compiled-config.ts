import type { AdapterFactory } from './adapter.js';
import { compileAnnotations } from './annotations.js';
import { beatScheduler } from './beat-scheduler.js';
import type { BeatScheduler } from './beat-scheduler.js';
import type { ResultBackend } from '../contracts/result-backend.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import type { CeleryOptions, QueueOptions, RetryPolicy, Router, TaskAnnotations } from './config.js';
import { QUEUE_OPTIONS } from './option-names.js';
import { overlay } from './overlay.js';
import { retryPolicy } from './retry-policy.js';
import { SETTING_NAMES } from './setting-names.js';
import { DEFAULT_RETRY_POLICY, SETTINGS } from './settings.js';
import type { SettingName } from './settings.js';

/** Settings whose compiled form differs from what a user writes. */
interface Compiled {
  resultBackend: string | AdapterFactory<ResultBackend> | undefined;
  taskDefaultExchange: string;
  taskDefaultRoutingKey: string;
  taskDefaultDeliveryMode: 1 | 2;
  taskQueues: readonly QueueOptions[];
  taskRoutes: readonly Router[];
  taskAnnotations: readonly TaskAnnotations[];
  resultAcceptContent: readonly string[];
  taskPublishRetryPolicy: Required<RetryPolicy>;
  beatScheduler: BeatScheduler;
}

/** The settings as everything below uses them: checked, with every default filled in. */
export type CompiledConfig = Readonly<Omit<Required<CeleryOptions>, keyof Compiled> & Compiled>;

/**
 * Checks what the user wrote and fills in the defaults. Takes our names, Celery's and Celery 3's.
 * @throws ImproperlyConfigured for an unknown name (with the nearest known one), a name given twice, or a value of the wrong kind.
 */
export function compileConfig(options: CeleryOptions | Readonly<Record<string, unknown>>): CompiledConfig {
  const given = withOurNames(options as Readonly<Record<string, unknown>>);
  const filled = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => {
      const written = name as SettingName;
      return [name, given.has(written) ? given.get(written) : setting.default];
    }),
  ) as unknown as Filled;
  return Object.freeze({ ...filled, ...compileSpecial(filled) }) as CompiledConfig;
}

/** The options with the defaults that the others are made from. */
type Filled = CeleryOptions & Required<Pick<CeleryOptions, 'taskDefaultQueue' | 'acceptContent'>>;

function compileSpecial(filled: Filled): Compiled {
  return {
    resultBackend: filled.resultBackend,
    taskDefaultExchange: filled.taskDefaultExchange ?? filled.taskDefaultQueue,
    taskDefaultRoutingKey: filled.taskDefaultRoutingKey ?? filled.taskDefaultQueue,
    taskDefaultDeliveryMode: deliveryMode(filled.taskDefaultDeliveryMode ?? 2),
    taskQueues: (filled.taskQueues ?? [filled.taskDefaultQueue]).map(compileQueue),
    taskRoutes: compileRoutes(filled.taskRoutes),
    taskAnnotations: compileAnnotations(filled.taskAnnotations),
    resultAcceptContent: filled.resultAcceptContent ?? filled.acceptContent,
    beatScheduler: beatScheduler(filled.beatScheduler),
    taskPublishRetryPolicy: retryPolicy(DEFAULT_RETRY_POLICY, filled.taskPublishRetryPolicy, 'taskPublishRetryPolicy'),
  };
}

/** AMQP's number for a delivery mode. */
export function deliveryMode(mode: NonNullable<CeleryOptions['taskDefaultDeliveryMode']>): 1 | 2 {
  if (mode === 'persistent') return 2;
  return mode === 'transient' ? 1 : mode;
}

function compileQueue(queue: string | QueueOptions, index: number): QueueOptions {
  const where = `taskQueues[${index}]`;
  const options = typeof queue === 'string' ? { name: queue } : QUEUE_OPTIONS.read(queue ?? {}, where);
  if (typeof options.name !== 'string' || options.name === '') {
    throw new ImproperlyConfigured(`${where} has no name: give a queue's name, or { name: '…', … }.`);
  }
  return overlay({ name: options.name }, options);
}

/** A list of [pattern, route] pairs is one router; any other list is a list of routers. */
function compileRoutes(routes: CeleryOptions['taskRoutes']): readonly Router[] {
  if (routes === undefined) return [];
  if (!Array.isArray(routes)) return [routes as Router];
  return routes.length > 0 && routes.every(isPair) ? [routes as Router] : (routes as readonly Router[]);
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && (typeof value[0] === 'string' || value[0] instanceof RegExp);
}

function withOurNames(options: Readonly<Record<string, unknown>>): Map<SettingName, unknown> {
  const given = new Map<SettingName, unknown>();
  const problems: string[] = [];
  for (const [written, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const name = SETTING_NAMES.find(written);
    if (name === undefined) problems.push(SETTING_NAMES.unknown(written));
    else if (given.has(name)) problems.push(`'${name}' is given twice, once as '${written}'`);
    else if (!SETTINGS[name].kind.accepts(value)) problems.push(wrongValue(written, name, value));
    if (name !== undefined) given.set(name, value);
  }
  if (problems.length > 0) throw new ImproperlyConfigured(`Celery options: ${problems.join('; ')}.`);
  return given;
}

/** Says the kind of a value, never the value of a text: it may hold a password. */
function wrongValue(written: string, name: SettingName, value: unknown): string {
  const shown = ['number', 'boolean'].includes(typeof value) || value === null ? String(value) : `a ${typeof value}`;
  return `'${written}' expects ${SETTINGS[name].kind.expects}, not ${shown}`;
}
