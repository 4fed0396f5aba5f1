import { waitFor } from '../../scripts/lib/wait.mjs';

/**
 * A message of beat's: the name of the entry, and when it came, in epoch milliseconds.
 * @typedef {{ name: string, at: number }} Arrival
 */

/** Takes every message out of a queue as soon as it is there. */
export class Arrivals {
  /** @type {Arrival[]} */
  #all = [];
  #channel;

  /** @param {import('amqplib').Channel} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  /**
   * @param {import('amqplib').ChannelModel} broker
   * @param {string} queue
   */
  static async open(broker, queue) {
    const channel = await broker.createChannel();
    const arrivals = new Arrivals(channel);
    await channel.assertQueue(queue);
    await channel.consume(queue, (message) => message && arrivals.#take(message), { noAck: true });
    return arrivals;
  }

  /** The messages so far. @returns {readonly Arrival[]} */
  get all() {
    return this.#all;
  }

  /**
   * Waits until so many have come.
   * @param {number} count
   * @param {number} timeout milliseconds
   */
  async until(count, timeout) {
    await waitFor(`${count} messages of beat's`, async () => this.#all.length >= count, { timeout, every: 5 });
    return this.#all;
  }

  close() {
    return this.#channel.close();
  }

  /** @param {import('amqplib').ConsumeMessage} message */
  #take({ properties }) {
    const name = String(properties.headers?.periodic_task_name);
    if (name.startsWith('bench-')) this.#all.push({ name, at: Date.now() });
  }
}
