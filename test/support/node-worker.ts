import { randomBytes } from 'node:crypto';
import { startNodeApp, type NodeAppOptions } from './node-app.js';
import type { TestProcess } from './processes.js';

/** @default `entry`: 'interop-worker'; `ready`: that it consumes */
export interface NodeWorkerOptions extends NodeAppOptions {
  queues: string[];
}

/** A worker of ours in a process of its own, with the tasks of `test/apps`; resolves when it consumes. */
export function startNodeWorker(options: NodeWorkerOptions): Promise<TestProcess> {
  const { queues, settings, flags = [], entry = 'interop-worker' } = options;
  // two nodes of one name on one broker: the second would have no remote control
  const name = flags.includes('-n') ? [] : ['-n', `celery@${randomBytes(4).toString('hex')}.%h`];
  return startNodeApp({
    ...options,
    entry,
    settings: { CELERY_RESULT_EXTENDED: 'true', ...settings },
    flags: ['-Q', queues.join(','), '-l', 'info', ...name, ...flags],
    ready: options.ready ?? /@\S+ ready\./,
  });
}
