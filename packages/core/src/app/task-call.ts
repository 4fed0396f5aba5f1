import { randomUUID } from 'node:crypto';
import type { HeaderValue, MessageProperties } from '../contracts/broker.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { formatIso, parseIso } from '../protocol/iso-date.js';
import { argsRepr, kwargsRepr } from '../protocol/python-repr.js';
import type { SignatureJson } from '../protocol/signature-json.js';
import type { TaskHeaders } from '../protocol/task-headers.js';
import type { Embed, TaskMessage } from '../protocol/task-message.js';
import { deliveryMode } from './compiled-config.js';
import type { CompiledConfig } from './compiled-config.js';
import { currentTask } from './task-context.js';
import type { ApplyAsyncOptions } from './task-options.js';

/** One call of a task, with the options of call, task and route already merged. */
export interface TaskCall {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: ApplyAsyncOptions;
  /** What a signature carries beyond the options of a call. */
  readonly embed?: Partial<Embed>;
  readonly retries?: number;
  readonly replacedTaskNesting?: number;
  /** Who sent it first. @default this process */
  readonly origin?: string;
  readonly stamps?: { readonly stampedHeaders: string[]; readonly stamps: Record<string, HeaderValue> };
}

export interface CallDefaults {
  readonly config: CompiledConfig;
  readonly now: Date;
  /** `gen<pid>@<host>`, Celery's name of the sender. */
  readonly origin: string;
  /** The sender's reply queue; always set on what is sent, as Celery does. */
  readonly replyTo?: string;
}

const EMPTY_EMBED: Embed = { callbacks: null, errbacks: null, chain: null, chord: null };

/**
 * The message of a call. A task that is published by a running task inherits its root and has it as parent.
 * @throws ImproperlyConfigured for an eta, countdown or expiry that is no time.
 */
export function buildTaskMessage(call: TaskCall, defaults: CallDefaults): TaskMessage {
  const { options } = call;
  const id = options.taskId ?? randomUUID();
  const expires = expiry(options, defaults);
  return {
    headers: taskHeaders(call, id, expires, defaults),
    customHeaders: (options.headers as Record<string, HeaderValue> | undefined) ?? null,
    args: call.args as unknown[],
    kwargs: options.kwargs ?? {},
    embed: embedOf(call),
    properties: messageProperties(options, id, expires, defaults),
  };
}

/** Links of the call come before those that a signature carries. */
function embedOf({ options, embed }: TaskCall): Embed {
  if (!embed && !options.link && !options.linkError) return EMPTY_EMBED;
  const callbacks = joined(options.link, embed?.callbacks);
  const errbacks = joined(options.linkError, embed?.errbacks);
  return { ...EMPTY_EMBED, ...embed, callbacks, errbacks };
}

function joined(
  link: ApplyAsyncOptions['link'],
  carried: readonly SignatureJson[] | null | undefined,
): SignatureJson[] | null {
  const all = [...(link === undefined ? [] : [link].flat()), ...(carried ?? [])] as SignatureJson[];
  return all.length > 0 ? all : null;
}

function taskHeaders(call: TaskCall, id: string, expires: Expiry, defaults: CallDefaults): TaskHeaders {
  const { name, options } = call;
  const parent = currentTask();
  return {
    lang: 'js',
    task: name,
    id,
    shadow: options.shadow ?? null,
    eta: eta(options, defaults),
    expires: expires.header,
    group: options.groupId ?? null,
    group_index: options.groupIndex ?? null,
    retries: call.retries ?? 0,
    timelimit: [options.timeLimit ?? null, options.softTimeLimit ?? null],
    root_id: options.rootId ?? parent?.rootId ?? id,
    parent_id: options.parentId ?? parent?.id ?? null,
    argsrepr: options.argsrepr ?? argsRepr(call.args),
    kwargsrepr: options.kwargsrepr ?? kwargsRepr(options.kwargs ?? {}),
    origin: call.origin ?? defaults.origin,
    ignore_result: options.ignoreResult ?? false,
    replaced_task_nesting: call.replacedTaskNesting ?? 0,
    stamped_headers: call.stamps?.stampedHeaders ?? null,
    stamps: call.stamps?.stamps ?? {},
    ...(options.periodicTaskName === undefined ? {} : { periodic_task_name: options.periodicTaskName }),
  };
}

function messageProperties(
  options: ApplyAsyncOptions,
  id: string,
  expires: Expiry,
  { config, replyTo }: CallDefaults,
): MessageProperties {
  const answers = options.replyTo ?? replyTo;
  return {
    correlationId: id,
    ...(answers === undefined ? {} : { replyTo: answers }),
    deliveryMode:
      options.deliveryMode === undefined ? config.taskDefaultDeliveryMode : deliveryMode(options.deliveryMode),
    priority: options.priority ?? inheritedPriority(config) ?? config.taskDefaultPriority ?? 0,
    ...(expires.expiration === undefined ? {} : { expiration: expires.expiration }),
  };
}

function inheritedPriority({ taskInheritParentPriority }: CompiledConfig): number | null | undefined {
  return taskInheritParentPriority ? currentTask()?.deliveryInfo.priority : undefined;
}

/** A countdown of 0 or less means now: no eta at all. */
function eta({ countdown, eta: at }: ApplyAsyncOptions, defaults: CallDefaults): string | null {
  if (countdown !== undefined) {
    if (!Number.isFinite(countdown))
      throw new ImproperlyConfigured(`countdown is ${countdown}: give a number of seconds.`);
    return countdown > 0 ? iso(inSeconds(countdown, defaults.now), defaults) : null;
  }
  if (at === undefined) return null;
  return typeof at === 'string' ? at : iso(validDate(at, 'eta'), defaults);
}

interface Expiry {
  readonly header: string | null;
  /** The broker's own limit: milliseconds as text, '0' when the time has passed. */
  readonly expiration?: string;
}

/** RabbitMQ's longest, 49.7 days: a message that says more has its channel closed. The worker goes by the header. */
const MAX_EXPIRATION = 2 ** 32 - 1;

const NEVER: Expiry = { header: null };

function expiry({ expires }: ApplyAsyncOptions, defaults: CallDefaults): Expiry {
  if (expires === undefined) return NEVER;
  const at = expiryDate(expires, defaults);
  const header = typeof expires === 'string' ? expires : iso(at, defaults);
  const left = Math.max(0, Math.trunc(at.getTime() - defaults.now.getTime()));
  return left > MAX_EXPIRATION ? { header } : { header, expiration: String(left) };
}

function expiryDate(expires: number | Date | string, { now }: CallDefaults): Date {
  if (typeof expires === 'string') return parseIso(expires);
  if (expires instanceof Date) return validDate(expires, 'expires');
  if (!Number.isFinite(expires)) throw new ImproperlyConfigured(`expires is ${expires}: give seconds, or a Date.`);
  return inSeconds(expires, now);
}

const inSeconds = (seconds: number, now: Date): Date => new Date(now.getTime() + seconds * 1000);

function iso(date: Date, { config }: CallDefaults): string {
  return formatIso(date, config.enableUtc ? 'UTC' : config.timezone);
}

function validDate(date: Date, option: string): Date {
  if (Number.isNaN(date.getTime())) throw new ImproperlyConfigured(`${option} is an invalid Date.`);
  return date;
}
