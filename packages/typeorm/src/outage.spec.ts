import { randomUUID } from 'node:crypto';
import type { ResultBackend, TaskMeta } from '@nestjs-celery/core';
import { silentLogger } from '@nestjs-celery/core';
import { adapterDeps, waitUntil } from '@nestjs-celery/core/testing';
import { describeWithServer, startOwnServer } from '../../../test/support/own-server.js';
import { query } from '../../../test/support/query.js';
import { typeormResults } from './index.js';
import type { TypeormResultsOptions } from './index.js';

const success = (taskId: string, data = '1'): TaskMeta => ({
  taskId,
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data },
  traceback: null,
  children: [],
});

/** PostgreSQL crashes and comes back; the specs run one after the other on one server of their own. */
describeWithServer('postgresql')('a PostgreSQL that comes and goes', () => {
  type Server = Awaited<ReturnType<typeof startOwnServer>>;
  let server: Server;
  const open: ResultBackend[] = [];
  const warnings: string[] = [];

  beforeAll(async () => void (server = await startOwnServer('postgresql')), 60_000);
  afterEach(async () => {
    await server.start();
    await Promise.all(open.splice(0).map((backend) => backend.close()));
    warnings.length = 0;
  });

  const connected = async (options: TypeormResultsOptions = {}): Promise<ResultBackend> => {
    const logger = { ...silentLogger, warn: (line: string) => void warnings.push(line) };
    const retry = { maxSleep: 200 };
    const backend = typeormResults({ url: server.url, retry, ...options })(adapterDeps({}, { logger }));
    open.push(backend);
    await backend.connect();
    return backend;
  };

  const rowsOf = (ids: readonly string[]): Promise<{ task_id: string; result: string }[]> =>
    query(server.url, 'SELECT task_id, result FROM django_celery_results_taskresult WHERE task_id = ANY($1)', [ids]);

  it('loses and doubles no result when it crashes under load', async () => {
    const backend = await connected();
    const stored = new Map<string, string>();
    const load = { isOver: false };
    const storing = Array.from({ length: 200 }, async () => {
      while (!load.isOver) {
        const id = randomUUID();
        expect(await backend.storeResult(success(id, `"${id}"`))).toBe('written');
        stored.set(id, `"${id}"`);
      }
    });
    for (let crash = 0; crash < 3; crash++) {
      const before = stored.size;
      await waitUntil('a thousand more results', () => stored.size > before + 1_000);
      await server.crash();
      await server.start();
    }
    load.isOver = true;
    await Promise.all(storing);
    const rows = await rowsOf([...stored.keys()]);
    expect(rows).toHaveLength(stored.size);
    expect(rows.every((row) => stored.get(row.task_id) === row.result)).toBe(true);
    expect(warnings.length).toBeGreaterThanOrEqual(3);
  }, 60_000);

  it('keeps a result while it is away, and stores it when it is back', async () => {
    const backend = await connected();
    const id = randomUUID();
    await server.crash();
    const stored = backend.storeResult(success(id));
    await waitUntil('the outage to be noticed', () => warnings.length > 0);
    await server.start();
    await expect(stored).resolves.toBe('written');
    expect(await rowsOf([id])).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  it('wakes those who waited through the outage', async () => {
    const [reader, writer] = [await connected(), await connected()];
    const id = randomUUID();
    const waiting = (async () => {
      for await (const meta of reader.waitFor([id], AbortSignal.timeout(20_000))) return meta.status;
      return 'nothing';
    })();
    await waitUntil('the wait', () => isListening());
    await server.crash();
    await server.start();
    await writer.storeResult(success(id));
    expect(await waiting).toBe('SUCCESS');
  }, 30_000);

  async function isListening(): Promise<boolean> {
    return (await query(server.url, `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)).length > 0;
  }

  it('fails a read after some attempts, with a clear error', async () => {
    const backend = await connected();
    await server.crash();
    await expect(backend.getMany(['a'])).rejects.toMatchObject({
      code: 'BACKEND_GET_META_ERROR',
      message: expect.stringMatching(/^Results could not be read at postgres:\/\/.*ECONNREFUSED/),
    });
  });

  it('refuses to connect, and connects later', async () => {
    const backend = typeormResults({ url: server.url })(adapterDeps());
    open.push(backend);
    await server.crash();
    await expect(backend.connect()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    await server.start();
    await backend.connect();
    await expect(backend.storeResult(success(randomUUID()))).resolves.toBe('written');
  });

  it('does not hold up the end of a process', async () => {
    const backend = await connected();
    await server.crash();
    const failure = backend.storeResult(success(randomUUID())).catch((error: unknown) => error);
    await waitUntil('the outage to be noticed', () => warnings.length > 0);
    await backend.close();
    expect(await failure).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});
