import type { CeleryApp } from '../app/celery-app.js';
import type { CelerySignals } from '../app/signals.js';
import type { Request } from './request.js';

/** Celery's `task_revoked`: the task does not run, or was ended. Nobody waits for the receivers. */
export function tellRevoked(
  { signals }: CeleryApp,
  { id, task, message }: Request,
  why: Omit<CelerySignals['task_revoked'], 'request'>,
): void {
  if (!signals.has('task_revoked')) return;
  const { name } = task.definition;
  const { args, kwargs } = message;
  void signals.send('task_revoked', name, { request: { id, name, args, kwargs }, ...why });
}
