import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { amqpUrl } from '../support/servers.js';

const run = promisify(execFile);
const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

/** What stands after `// prints:` at the end of an example. */
function promised(name: string): string[] {
  const source = readFileSync(`${EXAMPLES}src/${name}.ts`, 'utf8');
  const [, prints] = source.split('// prints:\n');
  return (prints ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, ''));
}

const names = readdirSync(`${EXAMPLES}src`)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => readFileSync(`${EXAMPLES}src/${name}.ts`, 'utf8').includes('// prints:\n'));

describe('The examples of the docs', () => {
  it.each(names)('%s prints what it says, and ends by itself', async (name) => {
    const env = { ...process.env, CELERY_BROKER_URL: amqpUrl(), NO_COLOR: '1' };
    const { stdout } = await run(process.execPath, [`${EXAMPLES}dist/${name}.js`], { env });
    expect(stdout.trimEnd().split('\n')).toEqual(promised(name));
  });

  it('are more than a few', () => {
    expect(names.length).toBeGreaterThan(4);
  });
});
