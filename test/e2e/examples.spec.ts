import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOwnDatabase, type OwnDatabase } from '../support/own-database.js';
import { ownQueue } from '../support/own-queue.js';
import { amqpUrl } from '../support/servers.js';

const run = promisify(execFile);
const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

/** What stands after `// prints:` at the end of an example. */
function promised(name: string): string[] {
  const source = readFileSync(`${EXAMPLES}src/${name}.ts`, 'utf8');
  const [, prints] = source.split('// prints:\n');
  if (prints === undefined) throw new Error(`docs/examples/src/${name}.ts does not say what it prints.`);
  return prints
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, ''));
}

const names = readdirSync(`${EXAMPLES}src`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

describe('The examples of the docs', () => {
  let database: OwnDatabase;

  beforeAll(async () => {
    database = await createOwnDatabase();
  });

  afterAll(() => database?.drop());

  it.each(names)('%s prints what it says, and ends by itself', async (name) => {
    const expected = promised(name);
    const servers = { CELERY_BROKER_URL: amqpUrl(), CELERY_RESULT_BACKEND: database.url };
    const env = { ...process.env, ...servers, CELERY_TASK_DEFAULT_QUEUE: ownQueue(), NO_COLOR: '1' };
    const { stdout } = await run(process.execPath, [`${EXAMPLES}dist/${name}.js`], { env, timeout: 50_000 });
    expect(stdout.trimEnd().split('\n')).toEqual(expected);
  });

  it('are more than a few', () => {
    expect(names.length).toBeGreaterThan(4);
  });
});
