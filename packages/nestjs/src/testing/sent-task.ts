import { parseIso } from '@nestjs-celery/core';
import type { Headers, PublishSignal } from '@nestjs-celery/core';

/** A task that was sent, as its sender gave it. */
export interface SentTask<Args extends readonly unknown[] = readonly unknown[]> {
  readonly name: string;
  readonly id: string;
  readonly args: Args;
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** As callers name it; for a call with exchange and routing key alone the default queue, wherever they lead. */
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly priority: number;
  /** Seconds from the call to the `eta`; undefined without one. */
  readonly countdown: number | undefined;
  readonly eta: Date | undefined;
  readonly expires: Date | undefined;
  /** The headers of the message: the protocol's and your own. */
  readonly headers: Headers;
  /** The app that sent it. */
  readonly app: string;
}

/** @param sentAt of the virtual clock */
export function toSentTask(signal: PublishSignal & { readonly sender: string }, app: string, sentAt: Date): SentTask {
  const { body, destination, headers, properties, sender } = signal;
  const eta = dateOf(headers['eta']);
  return {
    name: sender,
    id: String(headers['id']),
    args: body.args,
    kwargs: body.kwargs,
    ...destination,
    priority: properties.priority ?? 0,
    countdown: eta && (eta.getTime() - sentAt.getTime()) / 1000,
    eta,
    expires: dateOf(headers['expires']),
    headers,
    app,
  };
}

function dateOf(header: unknown): Date | undefined {
  return typeof header === 'string' ? parseIso(header) : undefined;
}
