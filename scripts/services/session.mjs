import { isAlive, SELF } from '../lib/processes.mjs';
import { safeUrl, SERVICES } from './catalogue.mjs';
import { choose } from './choose.mjs';
import { withState } from './state.mjs';
import { stopAll } from './stop.mjs';

/** @typedef {import('./choose.mjs').Choice} Choice */
/** @typedef {(line: string) => void} Log */

/** @type {Log} */
export const toStderr = (line) => console.error(`services: ${line}`);

/**
 * Brings the services up and keeps them until `down`.
 * @param {{ names?: string[], log: Log, signal?: AbortSignal }} options `names`: all by default
 */
export function up(options) {
  return bringUp(options, (state) => (state.kept = true));
}

/**
 * Brings the services up for as long as this process, or another that did the same, needs them.
 * @param {{ log: Log, signal?: AbortSignal }} options
 */
export function hold(options) {
  return bringUp(options, (state) => state.holders.push(SELF));
}

/**
 * The end of `hold`: the last one stops what was started, unless `services up` asked for it.
 * @param {Log} log
 */
export function letGo(log) {
  return withState(async (state) => {
    state.holders = state.holders.filter(({ pid }) => pid !== SELF.pid);
    if (!state.kept && state.holders.length === 0) await stopAll(state, log);
  });
}

/**
 * The end of `up`.
 * @param {Log} log
 * @returns {Promise<boolean>} false when runs that are under way still need the servers: the last of them stops them
 */
export function down(log) {
  return withState(async (state) => {
    state.kept = false;
    if (state.holders.length === 0) await stopAll(state, log);
    else log(`still in use by process ${state.holders.map(({ pid }) => pid).join(', ')}: the last one stops them`);
    return state.holders.length === 0;
  });
}

/**
 * One line for each service.
 * @returns {Promise<string[]>}
 */
export function status() {
  return withState((state) =>
    Promise.all(SERVICES.map(async (service) => `${service.title}: ${await describe(service, state)}`)),
  );
}

/**
 * The variables by which tests and samples find the servers.
 * @param {Choice[]} choices
 * @returns {Record<string, string>}
 */
export function variables(choices) {
  return Object.fromEntries(choices.map(({ service, url }) => [service.variable, url]));
}

/**
 * @param {{ names?: string[], log: Log, signal?: AbortSignal }} options
 * @param {(state: import('./state.mjs').State) => void} claim
 */
function bringUp({ names = [], log, signal }, claim) {
  const services = SERVICES.filter(({ name }) => names.length === 0 || names.includes(name));
  return withState(async (state, save) => {
    const before = { kept: state.kept, holders: [...state.holders] };
    claim(state);
    save();
    try {
      return await choose(services, { state, save, log, signal });
    } catch (error) {
      Object.assign(state, before);
      if (!state.kept && state.holders.length === 0) await stopAll(state, log);
      save();
      throw error;
    }
  }, signal);
}

/**
 * @param {import('./catalogue.mjs').Service} service
 * @param {import('./state.mjs').State} state
 */
async function describe(service, state) {
  const given = process.env[service.variable];
  const started = state.started[service.name];
  const [url, source] = given
    ? [given, service.variable]
    : started
      ? [started.url, `started by this tool (${started.source})${started.processes.every(isAlive) ? '' : ', has died'}`]
      : [service.standardUrl, 'not started by this tool'];
  const answer = await service.ask(url).then(
    () => 'answers',
    () => 'does not answer',
  );
  return `${source}, ${safeUrl(url)} ${answer}`;
}
