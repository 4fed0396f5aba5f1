import { LOG_LEVEL_NAMES, onlyGiven, oneOf, parseFlags, wholeNumber } from '../app/command-line.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { parseAutoscale } from './autoscaler.js';
import type { Autoscale } from './autoscaler.js';
import { POOL_KINDS } from './pools/pool-kinds.js';
import type { LogLevel } from './worker-log.js';

/** What `celery worker` takes on the command line and this worker understands. What is absent was not given. */
export interface WorkerFlags {
  /** `-Q`: consume from these queues only. */
  queues?: string[];
  /** `-X`: consume from all configured queues but these. */
  excludeQueues?: string[];
  /** `-c`: tasks that run at a time. */
  concurrency?: number;
  /** `-n`: node name, with Celery's `%h %n %d` not yet expanded. */
  hostname?: string;
  /** `-S`: file that revoked ids are kept in over restarts. */
  stateDb?: string;
  /** `-l` */
  loglevel?: LogLevel;
  /** `-P`, in our words: `process`, `threads`, `async` or `solo`. */
  pool?: string;
  /** `--autoscale=max,min` */
  autoscale?: Autoscale;
  /** `--max-tasks-per-child`: runs after which a child is replaced. */
  maxTasksPerChild?: number;
  /** `--max-memory-per-child`: KiB beyond which it is. */
  maxMemoryPerChild?: number;
  /** `-B`: beat runs in the same process. */
  beat?: boolean;
  /** With `-B`: where beat keeps its schedules, as the setting `beatScheduler`. (`-S` is `stateDb`, as in Celery.) */
  scheduler?: string;
  /** `-s`, with `-B`: the file, for a scheduler that keeps one. */
  schedule?: string;
  /** `-E`: send task events. */
  taskEvents?: boolean;
  prefetchMultiplier?: number;
  /** Empty the queues before the start. */
  purge?: boolean;
  withoutGossip?: boolean;
  withoutMingle?: boolean;
  withoutHeartbeat?: boolean;
  /** `-q`: no banner. */
  quiet?: boolean;
}

const FLAGS = {
  queues: { type: 'string', short: 'Q' },
  'exclude-queues': { type: 'string', short: 'X' },
  concurrency: { type: 'string', short: 'c' },
  hostname: { type: 'string', short: 'n' },
  statedb: { type: 'string', short: 'S' },
  loglevel: { type: 'string', short: 'l' },
  pool: { type: 'string', short: 'P' },
  autoscale: { type: 'string' },
  'max-tasks-per-child': { type: 'string' },
  'max-memory-per-child': { type: 'string' },
  beat: { type: 'boolean', short: 'B' },
  scheduler: { type: 'string' },
  schedule: { type: 'string', short: 's' },
  'schedule-filename': { type: 'string' },
  'task-events': { type: 'boolean', short: 'E' },
  events: { type: 'boolean' },
  'prefetch-multiplier': { type: 'string' },
  purge: { type: 'boolean' },
  discard: { type: 'boolean' },
  'without-gossip': { type: 'boolean' },
  'without-mingle': { type: 'boolean' },
  'without-heartbeat': { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  /** `-O fair` is Celery's only scheduling since 4.0; ours too. */
  optimization: { type: 'string', short: 'O' },
} as const;

/**
 * Reads the flags of `celery worker`: `-Q a,b`, `-Qa,b`, `--queues=a,b`, `-BE`, …
 * @param argv what follows the script's name: `process.argv.slice(2)`
 * @throws ImproperlyConfigured for a flag that this worker does not have, or a value that the flag does not take.
 */
export function parseWorkerFlags(argv: readonly string[]): WorkerFlags {
  const given = parseFlags(argv, FLAGS);
  return onlyGiven({
    queues: list('-Q/--queues', given.queues),
    excludeQueues: list('-X/--exclude-queues', given['exclude-queues']),
    concurrency: wholeNumber('-c/--concurrency', given.concurrency, 1),
    hostname: given.hostname,
    stateDb: given.statedb,
    loglevel: oneOf('-l/--loglevel', given.loglevel, LOG_LEVEL_NAMES),
    pool: oneOf('-P/--pool', given.pool, POOL_KINDS),
    autoscale: parseAutoscale(given.autoscale),
    maxTasksPerChild: wholeNumber('--max-tasks-per-child', given['max-tasks-per-child'], 1),
    maxMemoryPerChild: wholeNumber('--max-memory-per-child', given['max-memory-per-child'], 1),
    beat: given.beat,
    scheduler: given.scheduler,
    schedule: given.schedule ?? given['schedule-filename'],
    taskEvents: given['task-events'] ?? given.events,
    prefetchMultiplier: wholeNumber('--prefetch-multiplier', given['prefetch-multiplier'], 0),
    purge: given.purge ?? given.discard,
    withoutGossip: given['without-gossip'],
    withoutMingle: given['without-mingle'],
    withoutHeartbeat: given['without-heartbeat'],
    quiet: given.quiet,
  });
}

function list(flag: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw new ImproperlyConfigured(`${flag} '${text}': names of queues with commas between them, such as mail,celery.`);
  return names;
}
