import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { amqpUrl } from './servers.js';

const names = new Set<string>();

afterAll(removeAll);

/** A queue name that no other spec uses. The queue, and the exchange that Celery declares by its name, go with the spec. */
export function ownQueue(): string {
  const name = `nestjs-celery-${randomBytes(6).toString('hex')}`;
  names.add(name);
  return name;
}

async function removeAll(): Promise<void> {
  if (names.size === 0) return;
  const connection = await connect(amqpUrl());
  const channel = await connection.createChannel();
  for (const name of names) {
    await channel.deleteQueue(name);
    await channel.deleteExchange(name);
  }
  await connection.close();
}
