import { stopProcess } from '../lib/processes.mjs';
import { SERVICES } from './catalogue.mjs';
import { composeDown } from './docker.mjs';
import { removeLocalFolder } from './state.mjs';

/** @typedef {import('./state.mjs').State} State */

/**
 * Stops the processes of one service that we started, the last started first, and forgets it.
 * @param {import('./catalogue.mjs').Service} service
 * @param {State} state
 */
export async function stopStarted({ name, local }, state) {
  const processes = state.started[name]?.processes ?? [];
  for (const ref of [...processes].reverse()) await stopProcess(ref, local.stopSignal);
  delete state.started[name];
}

/**
 * Stops everything that we started, and nothing else.
 * @param {State} state
 * @param {(line: string) => void} log
 */
export async function stopAll(state, log) {
  const running = SERVICES.filter(({ name }) => state.started[name]);
  await Promise.all(running.map((service) => stopStarted(service, state)));
  if (state.composeProject) await composeDown(state.composeProject);
  delete state.composeProject;
  removeLocalFolder(state);
  if (running.length > 0) log(`stopped ${running.map(({ title }) => title).join(', ')}`);
}
