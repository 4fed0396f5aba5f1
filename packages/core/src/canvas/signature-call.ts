import type { HeaderValue, Headers } from '../contracts/broker.js';
import type { ApplyAsyncOptions } from '../app/task-options.js';
import type { TaskCall } from '../app/task-call.js';
import { parseSignature } from '../protocol/signature-json.js';
import type { SignatureJson } from '../protocol/signature-json.js';
import type { Embed } from '../protocol/task-message.js';

/** Options of a signature on the wire that are options of a call, by their name here. */
const CALL_OPTIONS: Readonly<Record<string, keyof ApplyAsyncOptions>> = {
  task_id: 'taskId',
  countdown: 'countdown',
  eta: 'eta',
  expires: 'expires',
  queue: 'queue',
  exchange: 'exchange',
  routing_key: 'routingKey',
  priority: 'priority',
  delivery_mode: 'deliveryMode',
  serializer: 'serializer',
  time_limit: 'timeLimit',
  soft_time_limit: 'softTimeLimit',
  ignore_result: 'ignoreResult',
  shadow: 'shadow',
  headers: 'headers',
  argsrepr: 'argsrepr',
  kwargsrepr: 'kwargsrepr',
  reply_to: 'replyTo',
  root_id: 'rootId',
  parent_id: 'parentId',
  group_id: 'groupId',
  group_index: 'groupIndex',
};

/** The call that a signature stands for, `args` put before its own as Celery does (unless it is immutable). */
export function signatureCall(
  signature: SignatureJson,
  args: readonly unknown[],
  inherited: ApplyAsyncOptions,
  embed: Partial<Embed> = {},
): TaskCall {
  const { options } = signature;
  const stampedHeaders = textList(options['stamped_headers']);
  return {
    name: signature.task,
    args: signature.immutable ? signature.args : [...args, ...signature.args],
    options: { ...callOptions(options), ...inherited, kwargs: signature.kwargs },
    embed: { ...embed, callbacks: signatures(options['link']), errbacks: signatures(options['link_error']) },
    ...(stampedHeaders === undefined ? {} : { stamps: { stampedHeaders, stamps: stampsOf(options, stampedHeaders) } }),
  };
}

function callOptions(options: Readonly<Record<string, unknown>>): ApplyAsyncOptions {
  const known = Object.entries(CALL_OPTIONS)
    .filter(([wire]) => options[wire] !== undefined && options[wire] !== null)
    .map(([wire, name]) => [name, options[wire]]);
  return Object.fromEntries(known) as ApplyAsyncOptions;
}

function signatures(value: unknown): SignatureJson[] | null {
  if (value === undefined || value === null) return null;
  return (Array.isArray(value) ? value : [value]).map((signature) => parseSignature(signature));
}

function textList(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
}

function stampsOf(options: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, HeaderValue> {
  return Object.fromEntries(names.map((name) => [name, ((options as Headers)[name] ?? null) as HeaderValue]));
}
