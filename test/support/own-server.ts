import { OwnServer, type ServiceName } from '../../scripts/services/own-server.mjs';

const started = new Set<OwnServer>();

afterAll(() => Promise.all([...started].map((server) => server.remove())));

/**
 * A server of the spec's own, to crash and start again: no test breaks the servers of the run. It ends with the spec.
 * Where the binaries are missing (`canStartOwnServer`) the run's servers come from elsewhere and such tests are skipped.
 */
export async function startOwnServer(name: ServiceName): Promise<OwnServer> {
  const server = await OwnServer.start(name);
  started.add(server);
  return server;
}

/** Whether this machine has the binaries. */
export function canStartOwnServer(name: ServiceName): boolean {
  return OwnServer.isInstalled(name);
}
