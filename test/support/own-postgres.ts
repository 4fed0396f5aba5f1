import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A PostgreSQL that a spec may stop and kill as it likes. */
export interface OwnPostgres {
  readonly url: string;
  start(): Promise<void>;
  /** An orderly stop that throws everybody out (`fast`). */
  stop(): Promise<void>;
  /** As kill -9 would: the next start recovers from the log. */
  kill(): Promise<void>;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

/** Makes and starts a cluster in a temporary directory, on a port of its own; as user postgres where we are root, whom initdb refuses. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const bin = postgresBinaries();
  const directory = mkdtempSync(join(tmpdir(), 'own-postgres-'));
  const user = process.getuid?.() === 0 ? await userPostgres() : undefined;
  if (user) chownSync(directory, user.uid, user.gid);
  const port = await freePort();
  const data = join(directory, 'data');
  const command = (name: string, ...args: string[]) => run(join(bin, name), args, { ...user, cwd: directory });
  const control = (...args: string[]) => command('pg_ctl', '-D', data, '-l', join(directory, 'log'), '-w', ...args);
  const options = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c fsync=off`;

  await command('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  const start = async () => void (await control('-o', options, 'start'));
  const stop = (mode: string) => async () => void (await control('-m', mode, 'stop'));
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop: stop('fast'),
    kill: stop('immediate'),
    dispose: async () => {
      await stop('immediate')().catch(() => {}); // it may be stopped already
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function postgresBinaries(): string {
  const versions = '/usr/lib/postgresql';
  const debian = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : [];
  const found = [...debian, ...(process.env.PATH ?? '').split(':')].find((dir) => existsSync(join(dir, 'initdb')));
  if (found) return found;
  throw new Error('No initdb here: install PostgreSQL (apt-get install postgresql) or add its bin directory to PATH.');
}

async function userPostgres(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
