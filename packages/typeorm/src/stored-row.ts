import { READY_STATES } from '@nestjs-celery/core';
import type { EncodedContent, ExtendedMeta, ResultTuple, TaskMeta } from '@nestjs-celery/core';

/** A row as `SELECT` gives it; columns that the table lacks are missing. Times in milliseconds since 1970. */
export interface StoredRow {
  readonly task_id: string;
  readonly status: string;
  readonly content_type: string;
  readonly content_encoding: string;
  readonly result: string | null;
  readonly traceback: string | null;
  readonly meta: string | null;
  readonly done_ms: number;
  readonly started_ms?: number | null;
  readonly task_name?: string | null;
  readonly task_args?: string | null;
  readonly task_kwargs?: string | null;
  readonly worker?: string | null;
  readonly periodic_task_name?: string | null;
}

/** Whoever wrote the row: we, or Django. */
export function toTaskMeta(row: StoredRow): TaskMeta {
  const extended = extendedMeta(row);
  return {
    taskId: row.task_id,
    status: row.status,
    result: content(row),
    traceback: row.traceback,
    children: childrenOf(row.meta),
    ...(READY_STATES.has(row.status) && { dateDone: new Date(row.done_ms) }),
    ...(row.started_ms != null && { dateStarted: new Date(row.started_ms) }),
    ...(extended && { extended }),
  };
}

function content({ content_type, content_encoding, result }: StoredRow): EncodedContent {
  if (result === null) return { contentType: 'application/json', contentEncoding: 'utf-8', data: 'null' };
  const data = content_encoding === 'binary' ? Buffer.from(result, 'base64') : result;
  return { contentType: content_type, contentEncoding: content_encoding, data };
}

/** `{"children": […]}` and whatever else Python put there. A meta in another serializer than JSON is left alone. */
function childrenOf(meta: string | null): ResultTuple[] {
  const parsed = parsedJson(meta);
  const children = typeof parsed === 'object' && parsed !== null && 'children' in parsed ? parsed.children : null;
  return Array.isArray(children) ? children.filter(isResultTuple) : [];
}

function isResultTuple(value: unknown): value is ResultTuple {
  return Array.isArray(value) && Array.isArray(value[0]) && typeof value[0][0] === 'string';
}

/** Undefined where nothing of it was stored: `resultExtended` was off. The table has no columns for retries and queue. */
function extendedMeta(row: StoredRow): ExtendedMeta | undefined {
  const { task_name = null, task_args = null, task_kwargs = null, worker = null, periodic_task_name = null } = row;
  if ([task_name, task_args, task_kwargs, worker, periodic_task_name].every((column) => column === null))
    return undefined;
  return {
    name: task_name,
    argsrepr: reprOf(task_args),
    kwargsrepr: reprOf(task_kwargs),
    worker,
    retries: 0,
    queue: null,
    periodicTaskName: periodic_task_name,
  };
}

/** JSON of a text; a worker of protocol 1 stored the arguments themselves, which we give as they stand. */
function reprOf(column: string | null): string | null {
  const parsed = parsedJson(column);
  return typeof parsed === 'string' ? parsed : column;
}

function parsedJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
