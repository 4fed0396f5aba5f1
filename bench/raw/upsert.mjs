// node upsert.mjs DATABASE_URL COUNT: stores results with pg alone: prepared, 50 rows a statement, two connections.
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { stopwatch } from './stopwatch.mjs';

const ROWS = 50;
const CONNECTIONS = 2;
const UPSERT = {
  name: 'store',
  text: `
    INSERT INTO django_celery_results_taskresult
      (task_id, status, content_type, content_encoding, result, date_done, date_created, meta)
    SELECT id, 'SUCCESS', 'application/json', 'utf-8', result, now(), now(), '{"children": []}'
    FROM unnest($1::text[], $2::text[]) AS new (id, result)
    ON CONFLICT (task_id) DO UPDATE SET status = excluded.status, result = excluded.result, date_done = excluded.date_done`,
};

const [url = '', total = ''] = process.argv.slice(2);
const pool = new Pool({ connectionString: url, max: CONNECTIONS });
await Promise.all([store(), store()]);
const stop = stopwatch();
let left = Number(total) / ROWS;
await Promise.all(Array.from({ length: CONNECTIONS }, lane));
stop();
await pool.end();

async function lane() {
  while (left-- > 0) await store();
}

function store() {
  const ids = Array.from({ length: ROWS }, () => randomUUID());
  return pool.query({ ...UPSERT, values: [ids, ids.map((_, n) => String(n))] });
}
