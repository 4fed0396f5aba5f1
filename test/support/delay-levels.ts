import { connect } from 'amqplib';
import { amqpUrl } from './servers.js';

const LEVELS = 28;

/** Removes what Celery's delayed delivery leaves on a broker: it belongs to no queue, so no spec but the one that tests it has it. */
export async function removeDelayLevels(): Promise<void> {
  const connection = await connect(amqpUrl());
  const channel = await connection.createChannel();
  for (let level = 0; level < LEVELS; level++) {
    await channel.deleteQueue(`celery_delayed_${level}`);
    await channel.deleteExchange(`celery_delayed_${level}`);
  }
  await channel.deleteExchange('celery_delayed_delivery');
  await connection.close();
}
