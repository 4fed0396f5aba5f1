// npm run services up|down|status [rabbitmq postgresql redis]: the servers that the tests need (docs in CONTRIBUTING.md).
// `up` prints what it chose on stderr and the variables on stdout: eval "$(npm run -s services up)"
import { SERVICES } from './services/catalogue.mjs';
import { down, status, toStderr, up, variables } from './services/session.mjs';

const USAGE = `usage: npm run services up [${SERVICES.map(({ name }) => name).join(' ')}] | down | status`;

const [command, ...names] = process.argv.slice(2);
const interrupted = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

try {
  process.exitCode = await main();
} catch (error) {
  toStderr(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

async function main() {
  const known = names.every((name) => SERVICES.some((service) => service.name === name));
  if (command === 'up' && known) {
    const choices = await up({ names, log: toStderr, signal: interrupted.signal });
    for (const [name, url] of Object.entries(variables(choices)))
      console.log(`export ${name}='${url.replaceAll("'", "'\\''")}'`);
    return 0;
  }
  if (command === 'down') return (await down(toStderr)) ? 0 : 1;
  if (command === 'status') {
    for (const line of await status()) console.log(line);
    return 0;
  }
  console.error(USAGE);
  return 2;
}
