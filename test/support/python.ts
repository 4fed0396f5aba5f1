import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startProcess, type TestProcess } from './processes.js';
import { amqpUrl } from './servers.js';

const run = promisify(execFile);

const PROJECT = fileURLToPath(new URL('../interop/python', import.meta.url));
const FINDER = fileURLToPath(new URL('../../scripts/newest-celery.mjs', import.meta.url));

/** How long the first call may take, which may fetch Celery: the timeout for a `beforeAll` of an interop spec. */
export const PYTHON_TIMEOUT = 300_000;

export interface PythonCelery {
  /** The interpreter. */
  python: string;
  /** The environment in which it finds Celery and Django. */
  env: NodeJS.ProcessEnv;
  celeryVersion: string;
}

/** Where a Python process works: each spec has a database and queues of its own. */
export interface PythonSettings {
  databaseUrl: string;
  /** @default the broker of the test run */
  amqpUrl?: string;
  /** More of Celery's settings, by their names in Python: `{ task_protocol: 1 }`. `result_extended` is on unless it says otherwise. */
  celery?: Record<string, unknown>;
}

export interface PythonWorkerOptions extends PythonSettings {
  queues: string[];
  /** @default 'django-db' */
  resultBackend?: string;
  /** The node name before the @. @default a name of its own */
  name?: string;
  /** @default 'solo' */
  pool?: 'solo' | 'prefork' | 'threads';
  /** @default 1 */
  concurrency?: number;
  /** More flags for `celery worker`. */
  flags?: string[];
}

/** A worker or a beat. */
export interface PythonProcess {
  /** Warm shutdown. */
  stop(): Promise<void>;
  /** Everything that it has logged. */
  logs(): string;
  process: TestProcess;
}

export type PythonWorker = PythonProcess;

let found: Promise<PythonCelery> | undefined;

/**
 * The Python Celery that judges: the newest that this machine can have (scripts/newest-celery.mjs). The first call may
 * fetch it; jest's workers wait for one another.
 */
export function pythonCelery(): Promise<PythonCelery> {
  found ??= find();
  return found;
}

/** Resolves when the worker has logged that it is ready. */
export async function startPythonWorker(options: PythonWorkerOptions): Promise<PythonWorker> {
  const { queues, resultBackend = 'django-db', name = `python-${randomBytes(4).toString('hex')}` } = options;
  const { pool = 'solo', concurrency = 1, flags = [] } = options;
  const celery = { ...options.celery, result_backend: resultBackend };
  // its heartbeat stays: an idle worker looks at its signals only when something wakes it
  const quiet = ['--without-gossip', '--without-mingle'];
  const work = ['-P', pool, '-c', String(concurrency), '-Q', queues.join(','), '-n', `${name}@%h`, '-l', 'INFO'];
  return startCelery(['worker', ...work, ...quiet, ...flags], { ...options, celery }, /@\S+ ready\./);
}

/** `celery -A interop.app …`; resolves when it has logged `ready`. */
export async function startCelery(
  args: string[],
  settings: PythonSettings,
  ready: string | RegExp,
): Promise<PythonProcess> {
  const { python, env } = await pythonIn(settings);
  const child = await startProcess(python, ['-m', 'celery', '-A', 'interop.app', ...args], {
    cwd: PROJECT,
    env,
    ready,
  });
  return { process: child, logs: () => child.logs(), stop: async () => void (await child.stop()) };
}

/**
 * Runs a script of `test/interop/python` and reads the last line that it prints as JSON: `runPython(['client.py', 'row', id], settings)`.
 *
 * @throws with what it printed, when it fails.
 */
export async function runPython<T = unknown>(args: string[], settings: PythonSettings): Promise<T> {
  const stdout = await python(args, settings);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}

/** Makes the tables of django-celery-results and django-celery-beat; with `fake` Django only notes them as made, because they are there already. */
export async function migratePython(settings: PythonSettings, { fake = false } = {}): Promise<string> {
  return python(['manage.py', 'migrate', '--no-input', ...(fake ? ['--fake'] : [])], settings);
}

async function python(args: string[], settings: PythonSettings): Promise<string> {
  const { python, env } = await pythonIn(settings);
  const { stdout } = await run(python, args, { cwd: PROJECT, env, maxBuffer: 64 << 20 }).catch(explain);
  return stdout;
}

/** execFile's error leaves out what the program said. */
function explain(error: Error & { stdout?: string; stderr?: string }): never {
  throw new Error(`${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`, { cause: error });
}

async function pythonIn(settings: PythonSettings): Promise<PythonCelery> {
  const celery = await pythonCelery();
  const env = {
    ...celery.env,
    INTEROP_BROKER_URL: settings.amqpUrl ?? amqpUrl(),
    INTEROP_DATABASE_URL: settings.databaseUrl,
    INTEROP_CELERY: JSON.stringify({ result_extended: true, ...settings.celery }),
  };
  return { ...celery, env };
}

async function find(): Promise<PythonCelery> {
  const { stdout, stderr } = await run(process.execPath, [FINDER]).catch(explain);
  process.stderr.write(stderr);
  const { python, pythonPath, celery } = JSON.parse(stdout) as { python: string; pythonPath: string; celery: string };
  const env = {
    ...process.env,
    PYTHONPATH: pythonPath,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    DJANGO_SETTINGS_MODULE: 'interop.settings',
  };
  return { python, env, celeryVersion: celery };
}
