import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from './processes.js';
import { amqpUrl } from './servers.js';

const APPS = fileURLToPath(new URL('../apps/dist', import.meta.url));

/** What every process of ours is told. */
export interface NodeAppOptions {
  databaseUrl: string;
  /** @default the broker of the test run */
  amqpUrl?: string;
  /** More settings, as environment variables: `{ CELERY_TASK_ACKS_LATE: 'true' }`. */
  settings?: Record<string, string>;
  /** More flags of the command line. */
  flags?: string[];
  /** Main file among `test/apps`. */
  entry?: string;
  /** What it prints when the spec may go on. */
  ready?: string | RegExp;
}

/** An app of `test/apps` in a process of its own, with the servers of the test run. */
export function startNodeApp(
  options: NodeAppOptions & { entry: string; ready: string | RegExp },
): Promise<TestProcess> {
  const env = {
    ...process.env,
    CELERY_BROKER_URL: options.amqpUrl ?? amqpUrl(),
    CELERY_RESULT_BACKEND: options.databaseUrl,
    NO_COLOR: '1',
    ...options.settings,
  };
  const args = [`${APPS}/${options.entry}.js`, ...(options.flags ?? [])];
  return startProcess(process.execPath, args, { env, ready: options.ready });
}
