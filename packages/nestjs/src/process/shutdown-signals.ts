import type { Clock } from '@nestjs-celery/core';
import type { ProcessHost } from './process-host.js';

export interface ShutdownActions {
  /** The first SIGTERM or SIGINT. */
  warm(signal: NodeJS.Signals): void;
  /** SIGQUIT, or a second signal. */
  cold(signal: NodeJS.Signals): void;
}

/** Ctrl-C reaches the whole process group, and launchers such as the Nest CLI pass it on to us: the same signal so soon is the same one. */
const ECHO_MS = 200;

/** Turns the first signal into a warm shutdown and the next into a cold one, as Celery does. */
export function onShutdownSignals(host: ProcessHost, clock: Clock, { warm, cold }: ShutdownActions): void {
  let first: { signal: NodeJS.Signals; at: number } | undefined;
  const stop = (signal: NodeJS.Signals) => {
    const at = clock.monotonic();
    if (!first) {
      first = { signal, at };
      warm(signal);
    } else if (signal !== first.signal || at - first.at > ECHO_MS) {
      cold(signal);
    }
  };
  host.on('SIGTERM', stop);
  host.on('SIGINT', stop);
  host.on('SIGQUIT', cold);
}
