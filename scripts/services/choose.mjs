import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { aptInstall, canUseApt } from '../lib/apt.mjs';
import { isAlive } from '../lib/processes.mjs';
import { safeUrl } from './catalogue.mjs';
import { byDocker } from './docker.mjs';
import { startLocal } from './local/local-server.mjs';
import { localFolder } from './state.mjs';
import { stopStarted } from './stop.mjs';

/** @typedef {import('./catalogue.mjs').Service} Service */
/** @typedef {{ service: Service, url: string, source: string }} Choice the source is for people */
/**
 * @typedef {object} Context
 * @property {import('./state.mjs').State} state
 * @property {() => void} save
 * @property {(line: string) => void} log
 * @property {AbortSignal | undefined} signal
 */

/** The order of preference. Each takes the services that are still without a server and returns those it can give. */
const WAYS = [fromEnvironment, alreadyStarted, onStandardPort, byDocker, byBinaries];

/**
 * A server for each service, the first way that has one.
 * @param {Service[]} services
 * @param {Context} context
 * @returns {Promise<Choice[]>}
 */
export async function choose(services, context) {
  /** @type {Choice[]} */
  const choices = [];
  const missing = () => services.filter((service) => !choices.some((choice) => choice.service === service));
  for (const way of WAYS) {
    if (missing().length > 0) choices.push(...(await way(missing(), context)));
  }
  for (const { service, source, url } of choices) context.log(`${service.title}: ${source}, ${safeUrl(url)}`);
  return choices;
}

/**
 * @param {Service[]} services
 * @returns {Promise<Choice[]>}
 */
async function fromEnvironment(services) {
  const given = services.filter(({ variable }) => process.env[variable]);
  return Promise.all(
    given.map(async (service) => {
      const url = String(process.env[service.variable]);
      await service.ask(url).catch((error) => {
        const where = `${service.variable} is set to ${safeUrl(url)}`;
        throw new Error(
          `${where}, but no ${service.title} is ready there: ${reason(error)}. Start it, or unset ${service.variable}.`,
        );
      });
      return { service, url, source: service.variable };
    }),
  );
}

/**
 * @param {Service[]} services
 * @param {Context} context
 * @returns {Promise<Choice[]>}
 */
async function alreadyStarted(services, { state, save }) {
  const choices = [];
  for (const service of services) {
    const started = state.started[service.name];
    if (!started) continue;
    const answers = started.processes.every(isAlive) && (await service.ask(started.url).then(yes, no));
    if (answers) choices.push({ service, url: started.url, source: `started before (${started.source})` });
    else await stopStarted(service, state);
  }
  save();
  return choices;
}

/**
 * @param {Service[]} services
 * @param {Context} context
 * @returns {Promise<Choice[]>}
 */
async function onStandardPort(services, { log }) {
  const asked = services.map(async (service) => {
    const { standardUrl: url, title } = service;
    try {
      await service.ask(url);
      return [{ service, url, source: 'already listening on its standard port' }];
    } catch (error) {
      if (!isRefused(error)) log(`${title}: what listens at ${url} does not take us (${reason(error)}), next choice`);
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

/**
 * The last way: it has a server for each, or rejects with what to do.
 * @param {Service[]} services
 * @param {Context} context
 * @returns {Promise<Choice[]>}
 */
async function byBinaries(services, context) {
  const absent = services.filter(({ local }) => !local.isInstalled());
  if (absent.length > 0 && canUseApt())
    await aptInstall(
      absent.map(({ aptPackage }) => aptPackage),
      context,
    );
  const stillAbsent = absent.filter(({ local }) => !local.isInstalled());
  if (stillAbsent.length > 0) throw new Error(howToGet(stillAbsent));
  // all are waited for, also when one fails: what starts later must not escape from the cleaning up
  const results = await Promise.allSettled(services.map((service) => startBinary(service, context)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * @param {Service} service
 * @param {Context} context
 * @returns {Promise<Choice>}
 */
async function startBinary(service, { state, save, signal }) {
  const began = performance.now();
  const folder = join(localFolder(state), service.name);
  rmSync(folder, { recursive: true, force: true });
  /** @type {import('./state.mjs').Started} */
  const started = (state.started[service.name] = { source: 'local', url: '', processes: [] });
  const onProcess = (/** @type {import('../lib/processes.mjs').ProcessRef} */ ref) => {
    started.processes.push(ref);
    save();
  };
  started.url = await startLocal(service, await service.local.prepare(folder), { onProcess, signal });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  return { service, url: started.url, source: `local binaries, ready in ${seconds} s` };
}

/** @param {Service[]} services */
function howToGet(services) {
  const titles = services.map(({ title }) => title).join(', ');
  const packages = services.map(({ aptPackage }) => aptPackage).join(' ');
  const variables = services.map(({ variable }) => variable).join(', ');
  return (
    `No server for ${titles}: none listens, no docker engine answers, no binaries are installed.\n` +
    `Run "sudo apt-get install --no-install-recommends ${packages}", or start docker, or set ${variables}.`
  );
}

/** @param {unknown} error */
function isRefused(error) {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

/** @param {unknown} error */
function reason(error) {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

const yes = () => true;
const no = () => false;
