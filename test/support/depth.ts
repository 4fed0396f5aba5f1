import type { CeleryApp } from '@nestjs-celery/core';

/** How many messages are ready in a queue, those that a worker has in hand not counted; undefined when there is no such queue. */
export async function depthOf(app: CeleryApp, queue: string): Promise<number | undefined> {
  return (await app.broker.admin?.depth(queue))?.messages;
}
