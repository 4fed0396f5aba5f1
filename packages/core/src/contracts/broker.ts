/** A value in an AMQP header table. Integers beyond 2^53 are `bigint`; a `Date` is an AMQP timestamp (whole seconds). */
export type HeaderValue =
  null | boolean | number | bigint | string | Date | Uint8Array | HeaderValue[] | { [name: string]: HeaderValue };

export type Headers = Record<string, HeaderValue | undefined>;

/** The AMQP basic properties, without the headers. */
export interface MessageProperties {
  contentType?: string;
  contentEncoding?: string;
  correlationId?: string;
  replyTo?: string;
  /** 1 = transient, 2 = persistent. */
  deliveryMode?: 1 | 2;
  priority?: number;
  /** Milliseconds as text, as AMQP wants it. */
  expiration?: string;
  messageId?: string;
  timestamp?: Date;
  type?: string;
  userId?: string;
  appId?: string;
}

export interface OutgoingMessage {
  body: Buffer;
  headers: Headers;
  properties: MessageProperties;
}

export interface ReceivedMessage extends OutgoingMessage {
  exchange: string;
  routingKey: string;
}

export type ExchangeType = 'direct' | 'topic' | 'fanout' | 'headers' | (string & {});

/** Arguments of a declaration (`x-max-priority`, …). They must equal those of every other client, or the broker answers 406. */
export type DeclareArguments = Record<string, string | number | boolean>;

export interface ExchangeDeclaration {
  name: string;
  type: ExchangeType;
  durable: boolean;
  autoDelete: boolean;
  arguments?: DeclareArguments;
}

export interface QueueDeclaration {
  name: string;
  durable: boolean;
  exclusive: boolean;
  autoDelete: boolean;
  arguments?: DeclareArguments;
}

export interface BindingDeclaration {
  queue: string;
  exchange: string;
  routingKey: string;
  /** What a headers exchange compares: `{ 'x-match': 'any', kind: 'report' }`. */
  arguments?: DeclareArguments;
}

/** What reaches `source` with a key that fits goes on to `destination`. */
export interface ExchangeBinding {
  destination: string;
  source: string;
  routingKey: string;
}

/** What must exist before a message can be sent to it or taken from it. Immutable: brokers remember it by identity. */
export interface Topology {
  readonly exchanges: readonly ExchangeDeclaration[];
  readonly queues: readonly QueueDeclaration[];
  readonly bindings: readonly BindingDeclaration[];
  readonly exchangeBindings?: readonly ExchangeBinding[];
}

/** Where a message goes. The default exchange is `''`; its routing key is the queue's name. */
export interface Route {
  exchange: string;
  routingKey: string;
}

export interface PublishOptions {
  /** Wait until the broker has taken responsibility. */
  confirm: boolean;
  /** Reject with `MessageReturned` when no queue takes the message. For tasks; not for events, replies and rpc results. */
  mandatory: boolean;
  /** Milliseconds until a publish that got no answer rejects with `PublishTimeout`. */
  timeout: number;
}

export interface ConsumeOptions {
  /** The broker forgets the message on delivery: events and replies. @default false */
  noAck?: boolean;
  exclusive?: boolean;
  consumerTag?: string;
  /** Higher takes first (`x-priority`). */
  priority?: number;
  /** Unacknowledged messages of this subscription, where the session's `prefetchScope` is 'consumer'; 0 = no limit. */
  prefetch?: number;
}

export interface OpenSessionOptions {
  /** Quorum queues will be consumed, which refuse one count for all. @default whether one was declared through this broker */
  quorumQueues?: boolean;
}

export type BrokerState = 'idle' | 'connecting' | 'ready' | 'blocked' | 'closed';

/** Observable state of a connection. */
export interface BrokerStatus {
  readonly state: BrokerState;
  /** The last error that took the connection away, without secrets. */
  readonly lastError?: Error | undefined;
  /** Tells every later change; returns the way to stop listening. */
  onChange(listener: (state: BrokerState, error?: Error) => void): () => void;
}

/** Carries messages between processes. Knows exchanges, queues and bytes; knows nothing of tasks. */
export interface Broker {
  /** The URL without its password, for logs and banners. */
  readonly safeUrl: string;
  readonly status: BrokerStatus;
  /**
   * Opens the connection; several callers share one attempt.
   * @throws BrokerUnavailable when no server of the failover list can be reached.
   * @throws AccessRefused when the credentials or the vhost are refused: trying again would not help.
   */
  connect(): Promise<void>;
  /** Declares what is not yet declared on this connection. Repeated after a reconnect by whoever needs it. @throws PreconditionFailed */
  declare(topology: Topology): Promise<void>;
  /**
   * Hands a message to the broker. With `confirm` it resolves when the broker has taken responsibility (and, with `mandatory`, routed it).
   * @throws MessageReturned, PublishTimeout, BrokerUnavailable
   */
  publish(message: OutgoingMessage, route: Route, options: PublishOptions): Promise<void>;
  /** Opens a channel to consume from. It dies with its connection: `onLost` tells so, and the owner opens another. */
  openSession(handlers: SessionHandlers, options?: OpenSessionOptions): Promise<Session>;
  /** Messages that expire in a queue, or are rejected there, go to its `x-dead-letter-exchange`: what delay queues are made of. */
  readonly deadLetters?: true;
  /** What a transport can do with queues from outside; not every transport can. */
  readonly admin?: QueueAdmin;
  /** Waits for what is being published, then closes. May be called twice. */
  close(): Promise<void>;
}

/** One channel: several queues, one prefetch. Remote control has a session of its own, without acks. */
export interface Session {
  /** 'session': `setPrefetch` counts for all subscriptions together. 'consumer': each has its own count, for good, from `subscribe`. */
  readonly prefetchScope: 'session' | 'consumer';
  subscribe(queue: string, options?: ConsumeOptions): Promise<void>;
  unsubscribe(queue: string): Promise<void>;
  /** Unacknowledged messages that the broker may have out here; 0 = no limit. In scope 'consumer': of each later subscription that says nothing. */
  setPrefetch(count: number): Promise<void>;
  /** Stops new deliveries on all queues, keeps what is in hand. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Sends what acks are due, then closes; what is not settled goes back to its queue. */
  close(): Promise<void>;
}

export interface SessionHandlers {
  onDelivery(delivery: Delivery): void;
  /** The channel has gone: whatever was reserved or held for an eta on it belongs to the broker again. */
  onLost(error: Error): void;
  /** The broker ended one subscription (the queue was deleted, its node failed). */
  onCancelled(queue: string): void;
}

/** A message in our hands. Settle it exactly once. Acks are coalesced and never confirmed by AMQP: 'stale' = the channel had gone. */
export interface Delivery {
  readonly message: ReceivedMessage;
  readonly queue: string;
  readonly redelivered: boolean;
  /** How often it was delivered before, where the broker counts (quorum queues). */
  readonly deliveryCount?: number;
  ack(): 'sent' | 'stale';
  /** With `requeue` it goes back to its queue, which a broker that tells failures from give-backs counts as the latter. */
  reject(options?: { requeue?: boolean }): 'sent' | 'stale';
  /**
   * Resolves when what was acknowledged up to now is on the connection, or lost with it: a process that ends then does not get it
   * again. Asked for in one turn of the event loop, it is one promise. Absent: `ack()` is enough.
   */
  written?(): Promise<void>;
}

export interface QueueDepth {
  messages: number;
  consumers: number;
}

export interface QueueAdmin {
  /** `undefined`: there is no such queue. */
  depth(queue: string): Promise<QueueDepth | undefined>;
  /** Removes every ready message; returns how many. */
  purge(queue: string): Promise<number>;
  deleteQueue(queue: string): Promise<void>;
}
