import type { Broker, Delivery, Session } from '../contracts/broker.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { outsideTasks } from './task-context.js';
import type { Pidbox } from './pidbox.js';

export interface ReplyInboxDeps {
  readonly broker: Broker;
  readonly queue: ReturnType<Pidbox['inbox']>;
  onDelivery(delivery: Delivery): void;
}

/** The queue that one broadcast gets its answers in. It goes with the inbox. */
export class ReplyInbox {
  /** Aborts when no more answers can come, with the reason. */
  readonly lost = new AbortController();
  #session: Session | undefined;

  private constructor(private readonly deps: ReplyInboxDeps) {}

  /** Resolves when answers can come. @throws BrokerUnavailable, AccessRefused, PreconditionFailed */
  static async open(deps: ReplyInboxDeps): Promise<ReplyInbox> {
    const inbox = new ReplyInbox(deps);
    try {
      await inbox.#open();
      return inbox;
    } catch (error) {
      await inbox.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#session?.close().catch(() => undefined);
  }

  async #open(): Promise<void> {
    const { broker, queue, onDelivery } = this.deps;
    await broker.declare(queue);
    this.#session = await broker.openSession({
      onDelivery: (delivery) => outsideTasks(() => onDelivery(delivery)),
      onLost: (error) => this.lost.abort(error),
      onCancelled: (name) => this.lost.abort(new BrokerUnavailable(`The broker deleted the queue '${name}'.`)),
    });
    await this.#session.subscribe(queue.name, { noAck: true });
  }
}
