import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from './processes.js';
import { amqpUrl } from './servers.js';

const APPS = fileURLToPath(new URL('../apps/dist', import.meta.url));

export interface NodeWorkerOptions {
  databaseUrl: string;
  queues: string[];
  /** @default the broker of the test run */
  amqpUrl?: string;
  /** More settings, as environment variables: `{ CELERY_TASK_ACKS_LATE: 'true' }`. */
  settings?: Record<string, string>;
  /** More flags of the command line. */
  flags?: string[];
  /** Main file among `test/apps`. @default 'interop-worker' */
  entry?: string;
  /** What it prints when the spec may go on. @default that it consumes */
  ready?: string | RegExp;
}

/** A worker of ours in a process of its own, with the tasks of `test/apps`; resolves when it consumes. */
export function startNodeWorker(options: NodeWorkerOptions): Promise<TestProcess> {
  const env = {
    ...process.env,
    CELERY_BROKER_URL: options.amqpUrl ?? amqpUrl(),
    CELERY_RESULT_BACKEND: options.databaseUrl,
    CELERY_RESULT_EXTENDED: 'true',
    NO_COLOR: '1',
    ...options.settings,
  };
  const flags = options.flags ?? [];
  // two nodes of one name on one broker: the second would have no remote control
  const name = flags.includes('-n') ? [] : ['-n', `celery@${randomBytes(4).toString('hex')}.%h`];
  const args = [
    `${APPS}/${options.entry ?? 'interop-worker'}.js`,
    '-Q',
    options.queues.join(','),
    '-l',
    'info',
    ...name,
    ...flags,
  ];
  return startProcess(process.execPath, args, { env, ready: options.ready ?? /@\S+ ready\./ });
}
