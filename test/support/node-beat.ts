import { startNodeApp, type NodeAppOptions } from './node-app.js';
import type { TestProcess } from './processes.js';

/** @default `entry`: 'periodic-beat'; `ready`: that it leads, or stands by */
export interface NodeBeatOptions extends NodeAppOptions {
  /** Where the entries of `test/apps/src/periodic.tasks.ts` go. */
  queue?: string;
}

/** A beat of ours in a process of its own, with the schedules of the database. */
export function startNodeBeat(options: NodeBeatOptions): Promise<TestProcess> {
  const { queue, settings, flags = [], entry = 'periodic-beat' } = options;
  return startNodeApp({
    ...options,
    entry,
    settings: { ...(queue !== undefined && { PERIODIC_QUEUE: queue }), ...settings },
    flags: ['-l', 'debug', ...flags],
    ready: options.ready ?? /beat: (Waking up in|Standing by)|Scheduler: Sending/,
  });
}
