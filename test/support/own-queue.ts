import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { amqpUrl } from './servers.js';

/** A queue has a delay queue for each power of two of seconds that a message has waited. */
const DELAY_LEVELS = 28;

const names = new Set<string>();

afterAll(removeAll);

/** A queue name that no other spec uses, or the one given. The queue, and the exchange that Celery declares by its name, go with the spec. */
export function ownQueue(name = `nestjs-celery-${randomBytes(6).toString('hex')}`): string {
  names.add(name);
  return name;
}

async function removeAll(): Promise<void> {
  if (names.size === 0) return;
  const connection = await connect(amqpUrl());
  const channel = await connection.createChannel();
  for (const name of names) {
    await channel.deleteQueue(name);
    for (let level = 0; level < DELAY_LEVELS; level++) await channel.deleteQueue(`${name}.eta.${level}`);
    await channel.deleteExchange(name);
  }
  await connection.close();
}
