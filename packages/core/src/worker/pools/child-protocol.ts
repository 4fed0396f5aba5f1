import type { Cancellation, DeliveryInfo, Outcome, PoolJob, TimeLimits } from '../../contracts/pool.js';
import type { ReceivedMessage } from '../../contracts/broker.js';
import type { ContentRegistry, EncodedContent } from '../../protocol/content.js';

/** A job as it crosses to a child: the message as it came, which the child decodes with its own serializers. */
export interface WireJob {
  readonly received: ReceivedMessage;
  readonly delivery: DeliveryInfo;
  readonly limits: TimeLimits;
}

/** Outcomes that hold values of the task cross as JSON: it keeps dates, bytes and decimals, which a structured clone would not. */
export type WireOutcome =
  Exclude<Outcome, { kind: 'failure' | 'retry' }> | { readonly kind: 'packed'; readonly content: EncodedContent };

/** What the worker tells a child. One job at a time. */
export type ToChild =
  | {
      readonly kind: 'run';
      readonly job: WireJob;
      /** Whether the memory that is in use afterwards is of interest. */
      readonly weigh: boolean;
    }
  /** What became of the job; its hooks and signals are waiting for it. */
  | { readonly kind: 'conclude'; readonly outcome: WireOutcome }
  | { readonly kind: 'cancel'; readonly why: Cancellation }
  /** Nothing more will come: close the application and end. */
  | { readonly kind: 'leave' };

/** What a child tells the worker. */
export type FromChild =
  | { readonly kind: 'up' }
  /** The next thing that it does is to call the handler. */
  | { readonly kind: 'started' }
  | {
      readonly kind: 'outcome';
      readonly outcome: WireOutcome;
      /** Whether `conclude` is awaited. */
      readonly concludes: boolean;
      /** KiB that the child uses now; 0 where it was not to weigh them. */
      readonly memory: number;
    }
  | { readonly kind: 'concluded' }
  /** It is about to die of this error. */
  | { readonly kind: 'crash'; readonly error: string };

export function writeJob({ received, delivery, limits }: PoolJob): WireJob {
  const { body, headers, properties, exchange, routingKey } = received;
  return { received: { body, headers, properties, exchange, routingKey }, delivery, limits };
}

/** Between threads a Buffer arrives as the bare bytes. */
export function readReceived({ received }: WireJob): ReceivedMessage {
  return { ...received, body: toBuffer(received.body) };
}

/** @throws EncodeError for an error or a retry with values that cannot be sent */
export function writeOutcome(outcome: Outcome, content: ContentRegistry): WireOutcome {
  if (outcome.kind !== 'failure' && outcome.kind !== 'retry') return outcome;
  return { kind: 'packed', content: content.encode(outcome, 'json') };
}

export function readOutcome(outcome: WireOutcome, content: ContentRegistry): Outcome {
  if (outcome.kind === 'packed') {
    const limits = { accept: content.acceptSet(['json']), maxBytes: Infinity, maxDepth: Infinity };
    return content.decode(outcome.content, limits) as Outcome;
  }
  if (outcome.kind !== 'success' || typeof outcome.result.data === 'string') return outcome;
  return { ...outcome, result: { ...outcome.result, data: toBuffer(outcome.result.data) } };
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
