import type { Clock } from '@nestjs-celery/core';
import type { ProcessHost } from './process-host.js';

export interface ShutdownActions {
  /** SIGTERM, or the first SIGINT. */
  warm(signal: NodeJS.Signals): void;
  /** SIGQUIT, or SIGINT once more: the next stage. */
  colder(signal: NodeJS.Signals): void;
}

/** Ctrl-C reaches the whole process group, and launchers such as the Nest CLI pass it on to us: the same signal so soon is the same one. */
const ECHO_MS = 200;

/**
 * Turns signals into the stages of a shutdown, as Celery does: SIGTERM asks for a warm one however often it comes; the second SIGINT,
 * or SIGQUIT, for a colder one. `REMAP_SIGTERM=SIGQUIT` in the environment makes SIGTERM a SIGQUIT (for platforms that send nothing else).
 */
export function onShutdownSignals(host: ProcessHost, clock: Clock, { warm, colder }: ShutdownActions): void {
  const last = new Map<NodeJS.Signals, number>();
  const isEcho = (signal: NodeJS.Signals) => {
    const before = last.get(signal);
    last.set(signal, clock.monotonic());
    return before !== undefined && clock.monotonic() - before <= ECHO_MS;
  };
  let next = warm;
  const quit = (signal: NodeJS.Signals) => {
    next = colder;
    if (!isEcho(signal)) colder(signal);
  };
  const interrupt = (signal: NodeJS.Signals) => {
    if (isEcho(signal)) return;
    next(signal);
    next = colder;
  };
  host.on('SIGTERM', host.env['REMAP_SIGTERM'] === 'SIGQUIT' ? quit : warm);
  host.on('SIGINT', interrupt);
  host.on('SIGQUIT', quit);
}
