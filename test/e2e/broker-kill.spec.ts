import type { Broker, Topology } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { amqp } from '@nestjs-celery/amqp';
import { describeWithServer, startOwnServer } from '../support/own-server.js';

const ROUNDS = process.env['STRESS'] ? 20 : 3;
const IN_FLIGHT = 500;
const SAFELY = { confirm: true, mandatory: true, timeout: 10_000 };

describeWithServer('rabbitmq')('RabbitMQ killed while messages are being published', () => {
  it(
    `keeps each of them that was resolved and rejects each other, ${ROUNDS} times`,
    async () => {
      const server = await startOwnServer('rabbitmq');
      const broker = amqp(server.url)(adapterDeps());
      const queues = Array.from({ length: ROUNDS }, (_, round) => `round-${round}`);
      for (const queue of queues) await broker.declare(topologyOf(queue));
      // RabbitMQ writes messages to the disk before it confirms them, but what queues there are only every other second
      await server.tool('rabbitmqctl', 'eval', 'mnesia:sync_log().');
      for (const queue of queues) {
        const ledger = new Ledger(broker, queue);
        const publishing = ledger.publishUntilStopped();
        await waitUntil('some confirms', () => ledger.resolved.size > 500 + Math.random() * 3_000);
        await server.crash();
        ledger.stop();
        await publishing;
        expect(ledger.resolved.size + ledger.rejected.size).toBe(ledger.sent);
        expect(ledger.rejected.size).toBeGreaterThan(0);
        expect([...new Set(ledger.rejected.values())]).toEqual(['BROKER_UNAVAILABLE']);

        await server.start();
        await expectInQueue(broker, queue, ledger);
      }
      await broker.close();
    },
    ROUNDS * 60_000,
  );
});

/** What became of each message. */
class Ledger {
  sent = 0;
  readonly resolved = new Set<string>();
  readonly rejected = new Map<string, string>();
  #stopped = false;

  constructor(
    private readonly broker: Broker,
    private readonly queue: string,
  ) {}

  stop(): void {
    this.#stopped = true;
  }

  async publishUntilStopped(): Promise<void> {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => this.#publishOneByOne()));
  }

  async #publishOneByOne(): Promise<void> {
    while (!this.#stopped) {
      const id = String(this.sent++);
      const message = { body: Buffer.from(id), headers: { id }, properties: { deliveryMode: 2 as const } };
      try {
        await this.broker.publish(message, { exchange: '', routingKey: this.queue }, SAFELY);
        this.resolved.add(id);
      } catch (error) {
        this.rejected.set(id, (error as { code: string }).code);
      }
    }
  }
}

/** Every message that was resolved is there, each once; of the others some may be. */
async function expectInQueue(broker: Broker, queue: string, ledger: Ledger): Promise<void> {
  const depth = await broker.admin?.depth(queue);
  const found: string[] = [];
  const session = await broker.openSession({
    onDelivery: (delivery) => {
      found.push(delivery.message.body.toString());
      delivery.ack();
    },
    onLost: () => {},
    onCancelled: () => {},
  });
  await session.subscribe(queue);
  await waitUntil('every message', () => found.length === depth?.messages);
  await session.close();
  const distinct = new Set(found);
  expect([...ledger.resolved].filter((id) => !distinct.has(id))).toEqual([]);
  expect(found.filter((id) => !ledger.resolved.has(id) && !ledger.rejected.has(id))).toEqual([]);
  expect(found).toHaveLength(distinct.size);
}

function topologyOf(name: string): Topology {
  return { exchanges: [], queues: [{ name, durable: true, exclusive: false, autoDelete: false }], bindings: [] };
}
