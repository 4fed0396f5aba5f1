import type { CeleryApp } from '../app/celery-app.js';
import { delayDelivery, delayLevels } from '../app/native-delay.js';
import { hasCode } from '../errors/celery-error.js';
import type { WorkerLog } from './worker-log.js';

/**
 * Declares what delayed messages pass, where a quorum queue is known and one can be delayed to. Celery's `DelayedDelivery` step; like there, a broker that
 * refuses it is no reason not to work.
 */
export async function declareDelayedDelivery({ queues, broker, config }: CeleryApp, log: WorkerLog): Promise<void> {
  if (!queues.hasQuorum || !broker.deadLetters) return;
  const deliveries = [...queues.all].map((queue) => delayDelivery(queue)).filter((topology) => topology !== undefined);
  if (deliveries.length === 0) return;
  try {
    await broker.declare(delayLevels(config.brokerNativeDelayedDeliveryQueueType));
    for (const delivery of deliveries) await broker.declare(delivery);
  } catch (error) {
    if (hasCode(error, 'BROKER_UNAVAILABLE')) throw error;
    log.say(
      'WARNING',
      `Failed to set up native delayed delivery; messages cannot be delayed: ${(error as Error).message}`,
    );
  }
}
