import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ImproperlyConfigured } from '@nestjs-celery/core';

/** What we use of `process`; a spec hands in its own. */
export interface PidHost {
  readonly pid: number;
  kill(pid: number, signal: 0): unknown;
  once(event: 'exit', listener: () => void): unknown;
  off(event: 'exit', listener: () => void): unknown;
  readonly stderr: { write(text: string): unknown };
}

/**
 * Writes this process's id to a file and gives the way to remove it, which the end of the process does at the latest. A file that a dead
 * process has left is replaced. Celery's `create_pidlock`.
 * @throws ImproperlyConfigured when a process that lives has the file, or it cannot be written.
 */
export function holdPidFile(path: string, host: PidHost = process): () => void {
  const file = resolve(path);
  while (!write(file, host)) removeIfStale(file, path, host);
  const release = () => {
    host.off('exit', release);
    if (read(file) === host.pid) rmSync(file, { force: true });
  };
  host.once('exit', release);
  return release;
}

/** @returns false: it exists */
function write(file: string, { pid }: PidHost): boolean {
  try {
    writeFileSync(file, `${pid}\n`, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new ImproperlyConfigured(`--pidfile: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws ImproperlyConfigured */
function removeIfStale(file: string, path: string, host: PidHost): void {
  const pid = read(file);
  if (pid !== undefined && isAlive(pid, host)) {
    throw new ImproperlyConfigured(
      `ERROR: Pidfile (${path}) already exists.\nSeems we're already running? (pid: ${pid})`,
    );
  }
  const found = pid === undefined ? 'Broken pidfile found' : 'Stale pidfile exists';
  host.stderr.write(`${found} - Removing it.\n`);
  rmSync(file, { force: true });
}

/** The id in the file; undefined: it holds none. */
function read(file: string): number | undefined {
  try {
    return Number(/^(\d+)\n/.exec(readFileSync(file, 'utf8'))?.[1] ?? NaN) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * In a container the id of the process before is often ours. A process that we may not signal is another user's, which has been given the id
 * of a beat that is gone: Celery takes it for that, too.
 */
function isAlive(pid: number, host: PidHost): boolean {
  if (pid === host.pid) return false;
  try {
    host.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
