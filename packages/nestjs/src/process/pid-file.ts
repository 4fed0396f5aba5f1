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
 * @throws ImproperlyConfigured when a process that lives has the file, or it cannot be read and written.
 */
export function holdPidFile(path: string, host: PidHost = process): () => void {
  const file = resolve(path);
  while (!write(file, host)) removeIfStale(file, path, host);
  const release = () => {
    host.off('exit', release);
    if (isOurs(file, host)) rmSync(file, { force: true });
  };
  host.once('exit', release);
  return release;
}

/** A file that another has made of it meanwhile is left alone; the end of a process is no time to complain. */
function isOurs(file: string, { pid }: PidHost): boolean {
  try {
    return read(file) === pid;
  } catch {
    return false;
  }
}

/** @returns false: it exists */
function write(file: string, { pid }: PidHost): boolean {
  try {
    writeFileSync(file, `${pid}\n`, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw refused(error);
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
  remove(file);
}

/** @throws ImproperlyConfigured */
function remove(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw refused(error);
  }
}

/** The id in the file; undefined: it holds none, or is gone. @throws ImproperlyConfigured for a folder, or what we may not read */
function read(file: string): number | undefined {
  try {
    return Number(/^(\d+)\n/.exec(readFileSync(file, 'utf8'))?.[1] ?? NaN) || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw refused(error);
  }
}

function refused(error: unknown): ImproperlyConfigured {
  const reason = (error as Error).message;
  return new ImproperlyConfigured(`--pidfile: ${reason}. Give a file that this process may write.`, { cause: error });
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
