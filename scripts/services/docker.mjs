import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT } from '../lib/paths.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { waitFor } from '../lib/wait.mjs';
import { urlAt } from './catalogue.mjs';
import { freePorts } from './ports.mjs';

/** @typedef {import('./catalogue.mjs').Service} Service */

const COMPOSE_FILE = join(ROOT, 'docker-compose.yml');
/** One project for each checkout, so that two of them do not share containers. */
const PROJECT = `nestjs-celery-${createHash('sha256').update(ROOT).digest('hex').slice(0, 8)}`;

/**
 * The services by docker compose, on private ports; none when no engine answers or it cannot bring them up.
 * @param {Service[]} services
 * @param {import('./choose.mjs').Context} context
 */
export async function byDocker(services, { state, save, log, signal }) {
  if (!(await engineAnswers(signal))) return [];
  const [managementPort, ...ports] = await freePorts(services.length + 1);
  const urls = services.map((service, i) => urlAt(service, /** @type {number} */ (ports[i])));
  services.forEach(({ name }, i) => (state.started[name] = { source: 'docker', url: String(urls[i]), processes: [] }));
  state.composeProject = PROJECT;
  save();
  log(`starting ${services.map(({ title }) => title).join(', ')} with docker compose`);
  const published = services.map(({ compose }, i) => [compose.portVariable, String(ports[i])]);
  const env = { ...Object.fromEntries(published), RABBITMQ_MANAGEMENT_PORT: String(managementPort) };
  const up = await compose(PROJECT, ['up', '--detach', ...services.map((service) => service.compose.service)], {
    env,
    signal,
  });
  if (up.code !== 0) {
    log(`docker compose could not do it, next choice. It said:\n${lastLines(up.stderr)}`);
    await forget(services, state);
    return [];
  }
  await Promise.all(services.map((service, i) => ready(service, String(urls[i]), signal)));
  return services.map((service, i) => ({ service, url: String(urls[i]), source: 'docker compose' }));
}

/**
 * Takes down every container of the project, with its data.
 * @param {string} project
 */
export function composeDown(project) {
  return compose(project, ['down', '--volumes', '--remove-orphans']);
}

/** @param {AbortSignal | undefined} signal */
async function engineAnswers(signal) {
  const options = { signal, timeout: 20_000 };
  // the client may be there without an engine, and both without the compose plugin
  return (
    (await run('docker', ['info'], options)).code === 0 &&
    (await run('docker', ['compose', 'version'], options)).code === 0
  );
}

/**
 * @param {string} project
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, signal?: AbortSignal | undefined }} [options]
 */
function compose(project, args, { env, signal } = {}) {
  const command = ['compose', '--project-name', project, '--file', COMPOSE_FILE, ...args];
  return run('docker', command, { env: { ...process.env, ...env }, signal });
}

/**
 * @param {Service} service
 * @param {string} url
 * @param {AbortSignal | undefined} signal
 */
function ready(service, url, signal) {
  const answers = () =>
    service.ask(url).then(
      () => true,
      () => false,
    );
  return waitFor(`${service.title} in its container to answer`, answers, { timeout: 120_000, every: 250, signal });
}

/**
 * @param {Service[]} services
 * @param {import('./state.mjs').State} state
 */
async function forget(services, state) {
  for (const { name } of services) delete state.started[name];
  delete state.composeProject;
  await composeDown(PROJECT);
}
