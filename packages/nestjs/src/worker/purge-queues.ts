import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import type { WorkerOptions } from '@nestjs-celery/core/worker';

/** Empties the queues that the worker is about to consume; returns how many messages are gone. Celery's `--purge`. */
export async function purgeQueues(app: CeleryApp, { queues, excludeQueues = [] }: WorkerOptions): Promise<number> {
  const { admin } = app.broker;
  if (!admin) throw new ImproperlyConfigured(`--purge: the transport ${app.broker.safeUrl} cannot empty a queue.`);
  await app.broker.connect();
  let erased = 0;
  for (const queue of queues ?? app.queues.configured) {
    const exists = !excludeQueues.includes(queue) && (await admin.depth(queue)) !== undefined;
    if (exists) erased += await admin.purge(queue);
  }
  return erased;
}
