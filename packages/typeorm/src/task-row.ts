import { READY_STATES } from '@nestjs-celery/core';
import type { EncodedContent, ExtendedMeta, StoredCall, TaskMeta } from '@nestjs-celery/core';
import { pythonJson } from './python-json.js';

/** One result in the columns and encodings of django-celery-results. Times as ISO text. */
export interface TaskRow {
  readonly taskId: string;
  readonly status: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly result: string;
  readonly meta: string | null;
  readonly traceback: string | null;
  readonly savedAt: string;
  readonly startedAt: string | null;
  readonly extended: ExtendedColumns | undefined;
  /** What goes to a table of ours. */
  readonly call: StoredCall | undefined;
}

export interface ExtendedColumns {
  readonly taskName: string | null;
  readonly taskArgs: string | null;
  readonly taskKwargs: string | null;
  readonly worker: string | null;
  readonly periodicTaskName: string | null;
}

const JSON_TYPE = 'application/json';

/** `date_done` is when the task ended or, for a state in between, when it is stored, as Django does. */
export function toTaskRow(meta: TaskMeta, now: Date): TaskRow {
  const isJson = meta.result.contentType === JSON_TYPE;
  return {
    taskId: meta.taskId,
    status: meta.status,
    contentType: meta.result.contentType,
    contentEncoding: meta.result.contentEncoding,
    result: textOf(meta.result),
    // Django reads meta and arguments by the row's content type, and we write no other than JSON.
    meta: isJson ? metaText(meta) : null,
    traceback: meta.traceback?.replaceAll('\0', '\\x00') ?? null,
    savedAt: (meta.dateDone ?? now).toISOString(),
    startedAt: meta.dateStarted?.toISOString() ?? null,
    extended: meta.extended && extendedColumns(meta.extended, isJson),
    call: meta.extended?.call,
  };
}

export function isReady(row: TaskRow): boolean {
  return READY_STATES.has(row.status);
}

/** About what the row takes in memory and on the wire. */
export function sizeOf(row: TaskRow): number {
  const { taskArgs, taskKwargs } = row.extended ?? {};
  const { args, kwargs } = row.call ?? {};
  const texts = [row.taskId, row.result, row.meta, row.traceback, taskArgs, taskKwargs, args, kwargs];
  return texts.reduce((size, text) => size + (text?.length ?? 0), 400);
}

/** The later of two rows of one task, with what only the earlier knew. */
export function mergeRows(earlier: TaskRow, later: TaskRow): TaskRow {
  return {
    ...later,
    startedAt: later.startedAt ?? earlier.startedAt,
    extended: later.extended ?? earlier.extended,
    call: later.call ?? earlier.call,
  };
}

function textOf({ contentEncoding, data }: EncodedContent): string {
  if (contentEncoding === 'binary') return Buffer.from(data).toString('base64');
  return typeof data === 'string' ? data : data.toString('utf8');
}

function metaText({ children }: TaskMeta): string {
  return children.length === 0 ? '{"children": []}' : `{"children": ${pythonJson(children)}}`;
}

/** The reprs are texts, and stored as JSON of the text. */
function extendedColumns(extended: ExtendedMeta, isJson: boolean): ExtendedColumns {
  const encoded = (repr: string | null): string | null => (repr === null || !isJson ? null : pythonJson(repr));
  return {
    taskName: extended.name,
    taskArgs: encoded(extended.argsrepr),
    taskKwargs: encoded(extended.kwargsrepr),
    worker: extended.worker,
    periodicTaskName: extended.periodicTaskName,
  };
}
