import { fileURLToPath } from 'node:url';
import { startProcess, type TestProcess } from './processes.js';
import { amqpUrl } from './servers.js';

const APPS = fileURLToPath(new URL('../apps/dist', import.meta.url));

export interface NodeBeatOptions {
  databaseUrl: string;
  /** @default the broker of the test run */
  amqpUrl?: string;
  /** Where the entries of `test/apps/src/periodic.tasks.ts` go. */
  queue?: string;
  /** More settings, as environment variables. */
  settings?: Record<string, string>;
  /** More flags of the command line. */
  flags?: string[];
  /** Main file among `test/apps`. @default 'periodic-beat' */
  entry?: string;
  /** What it prints when the spec may go on. @default that it leads, or stands by */
  ready?: string | RegExp;
}

/** A beat of ours in a process of its own, with the schedules of the database. */
export function startNodeBeat(options: NodeBeatOptions): Promise<TestProcess> {
  const env = {
    ...process.env,
    CELERY_BROKER_URL: options.amqpUrl ?? amqpUrl(),
    CELERY_RESULT_BACKEND: options.databaseUrl,
    NO_COLOR: '1',
    ...(options.queue !== undefined && { PERIODIC_QUEUE: options.queue }),
    ...options.settings,
  };
  const args = [`${APPS}/${options.entry ?? 'periodic-beat'}.js`, '-l', 'debug', ...(options.flags ?? [])];
  return startProcess(process.execPath, args, {
    env,
    ready: options.ready ?? /beat: (Waking up in|Standing by)|Scheduler: Sending/,
  });
}
