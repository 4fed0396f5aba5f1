import type { ExtendedMeta, TaskMeta } from '../../protocol/result-meta.js';

export const STORED_AT = new Date('2026-11-20T10:00:00.123Z');

export const EXTENDED: ExtendedMeta = {
  name: 'reports.send',
  argsrepr: "(1, 'hå')",
  kwargsrepr: "{'to': None}",
  worker: 'celery@host',
  retries: 0,
  queue: null,
  periodicTaskName: 'nightly',
};

/** Without the two fields that some tables have no column for. */
export function lasting(extended: ExtendedMeta | undefined): Partial<ExtendedMeta> {
  const { name, argsrepr, kwargsrepr, worker, periodicTaskName } = extended ?? ({} as ExtendedMeta);
  return { name, argsrepr, kwargsrepr, worker, periodicTaskName };
}

export const json = (data: string) => ({ contentType: 'application/json', contentEncoding: 'utf-8', data });

export function success(taskId: string, data = 'null'): TaskMeta {
  return { taskId, status: 'SUCCESS', result: json(data), traceback: null, children: [], dateDone: STORED_AT };
}

export function failure(taskId: string): TaskMeta {
  const result = json('{"exc_type": "Error", "exc_message": ["boom"], "exc_module": "js"}');
  return { ...success(taskId), status: 'FAILURE', result, traceback: 'Error: boom\n    at here' };
}

export function started(taskId: string): TaskMeta {
  const result = json('{"pid": 1, "hostname": "celery@host"}');
  return { taskId, status: 'STARTED', result, traceback: null, children: [], dateStarted: STORED_AT };
}
