import type { CeleryApp } from '../app/celery-app.js';
import { controlCodec } from '../app/control-codec.js';
import { Pidbox } from '../app/pidbox.js';
import { outsideTasks } from '../app/task-context.js';
import type { Delivery, Session } from '../contracts/broker.js';
import type { Service } from '../contracts/service.js';
import { BrokerUnavailable } from '../errors/broker-errors.js';
import { hasCode } from '../errors/celery-error.js';
import { concernsNode, decodeControlRequest, encodeControlAnswer } from '../protocol/control-message.js';
import type { ControlAnswer, ControlRequest } from '../protocol/control-message.js';
import { errorRepr, nok } from './commands/command.js';
import type { ControlPanel } from './control-panel.js';
import type { WorkerLog } from './worker-log.js';

export interface MailboxDeps {
  readonly app: CeleryApp;
  /** The node name: that of the mailbox. */
  readonly hostname: string;
  readonly panel: ControlPanel;
  readonly log: WorkerLog;
}

/** Seconds from one attempt to open the mailbox to the next. */
const LONGEST_PAUSE = 30;

/**
 * Remote control of this worker: takes commands from a queue of its own, on a channel of its own, and answers. Celery's `Pidbox`.
 * Whatever goes wrong here, tasks are run; the mailbox is opened again until it works.
 */
export class Mailbox implements Service {
  readonly #deps: MailboxDeps;
  readonly #pidbox: Pidbox;
  readonly #queue: ReturnType<Pidbox['mailbox']>;
  readonly #codec: ReturnType<typeof controlCodec>;
  readonly #life = new AbortController();
  #session: Session | undefined;
  /** The attempt that is under way, or was the last. */
  #opening: Promise<void> | undefined;
  #attempting = false;
  /** Since it last worked. */
  #failures = 0;
  #complained = false;

  constructor(deps: MailboxDeps) {
    const { app, hostname } = deps;
    this.#deps = deps;
    this.#pidbox = new Pidbox(app.config);
    this.#queue = this.#pidbox.mailbox(hostname);
    this.#codec = controlCodec(app.content, app.config);
  }

  /** Resolves when commands are heard, or the first attempt has failed: others follow. Never rejects. */
  async start(): Promise<void> {
    if (this.#deps.app.config.workerEnableRemoteControl) await (this.#opening ??= this.#open());
  }

  async stop(): Promise<void> {
    this.#life.abort(new BrokerUnavailable('The worker was stopped.'));
    await this.#opening;
    await this.#drop();
  }

  /** Never rejects. */
  async #open(): Promise<void> {
    this.#attempting = true;
    try {
      await this.#listen();
      if (this.#failures > 0) this.#deps.log.say('INFO', 'Remote control works again.');
      this.#failures = 0;
      this.#complained = false;
    } catch (error) {
      await this.#drop();
      this.#complain(error);
      void this.#openLater();
    } finally {
      this.#attempting = false;
    }
  }

  async #openLater(): Promise<void> {
    const pause = Math.min(2 ** this.#failures++, LONGEST_PAUSE);
    try {
      await this.#deps.app.clock.sleep(pause * 1000, this.#life.signal);
    } catch {
      return;
    }
    this.#opening = this.#open();
  }

  async #listen(): Promise<void> {
    const { broker } = this.#deps.app;
    this.#life.signal.throwIfAborted();
    await broker.connect();
    await broker.declare(this.#queue);
    const session = await broker.openSession({
      onDelivery: (delivery) => outsideTasks(() => void this.#receive(delivery)),
      onLost: () => this.#lost(session),
      onCancelled: () => this.#lost(session),
    });
    this.#session = session;
    this.#life.signal.throwIfAborted();
    // another worker of the same name, on the same connection, would take half of the commands
    await session.subscribe(this.#queue.name, { noAck: true, exclusive: true });
    if (this.#session !== session) throw new BrokerUnavailable('The connection was lost while the mailbox was opened.');
  }

  /** An attempt under way sees for itself that it failed. */
  #lost(session: Session): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    void session.close().catch(() => undefined);
    if (!this.#attempting) void this.#openLater();
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close().catch(() => undefined);
  }

  /** Once, until it works again. Of a broker that is away the consumer tells. */
  #complain(error: unknown): void {
    if (hasCode(error, 'BROKER_UNAVAILABLE') || this.#complained) return;
    this.#complained = true;
    const { hostname, log } = this.#deps;
    const advice = isTaken(error)
      ? `A node named ${hostname} is already using this process mailbox! Give each worker a name of its own (-n). `
      : '';
    log.say(
      'WARNING',
      `Remote control does not work; tasks are run, and it is tried again. ${advice}(${String(error)})`,
    );
  }

  /** Never rejects. */
  async #receive({ message }: Delivery): Promise<void> {
    const { app, hostname, panel, log } = this.#deps;
    try {
      app.logicalClock.forward();
      const request = decodeControlRequest(message, this.#codec.reading());
      app.logicalClock.adjust(request.clock);
      if (!concernsNode(request, hostname)) return;
      log.say('DEBUG', `pidbox received method ${request.method}`);
      const value = await panel.run(request.method, request.arguments);
      await this.#answer(request, value);
    } catch (error) {
      log.say('ERROR', `Control command error: ${String(error)}`);
    }
  }

  async #answer({ reply: to }: ControlRequest, value: unknown): Promise<void> {
    if (to === null) return;
    const { app, hostname } = this.#deps;
    const { broker, config, logicalClock } = app;
    await broker.declare(this.#pidbox.replies(to.exchange));
    const answer = { ticket: to.ticket, clock: logicalClock.forward(), expires: 0 };
    const message = this.#encode(value, (reply) => ({ ...answer, reply: { [hostname]: reply } }));
    const publishing = { confirm: config.publishConfirm, mandatory: false, timeout: config.publishTimeout * 1000 };
    await broker.publish(message, to, publishing);
  }

  /** A value that cannot be written is answered as an error. */
  #encode(value: unknown, answer: (value: unknown) => ControlAnswer) {
    try {
      return encodeControlAnswer(answer(value), this.#codec.writing);
    } catch (error) {
      return encodeControlAnswer(answer(nok(errorRepr(error))), this.#codec.writing);
    }
  }
}

/** RabbitMQ's answer to the declaration of a queue that is exclusive to another connection, or to a second consumer of one. */
function isTaken(error: unknown): boolean {
  return hasCode(error, 'PRECONDITION_FAILED') || hasCode(error, 'ACCESS_REFUSED');
}
