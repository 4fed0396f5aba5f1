import type { CeleryApp } from '../app/celery-app.js';
import type { TaskDefinition } from '../app/task-registry.js';

/** The tasks that every worker has, under Celery's names. */
export function builtInTasks(app: CeleryApp): TaskDefinition[] {
  const cleanup = { name: 'celery.backend_cleanup', source: 'nestjs-celery', options: {}, handler: () => cleanUp(app) };
  return [cleanup];
}

/** Deletes the results that are older than `resultExpires`. */
async function cleanUp(app: CeleryApp): Promise<void> {
  const { resultExpires } = app.config;
  if (!app.backend || !resultExpires) return;
  const backend = await app.connectBackend();
  await backend.deleteExpired(new Date(app.clock.now().getTime() - resultExpires * 1000));
}
