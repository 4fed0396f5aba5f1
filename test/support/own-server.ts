import { OwnServer, type ServiceName } from '../../scripts/services/own-server.mjs';

const started = new Set<OwnServer>();

afterAll(() => Promise.all([...started].map((server) => server.remove())));

/**
 * A server of the spec's own, to crash and start again: no test breaks the servers of the run. It ends with the spec.
 * Where the binaries are missing the run's servers come from elsewhere: such specs begin with `describeWithServer`.
 */
export async function startOwnServer(name: ServiceName): Promise<OwnServer> {
  const server = await OwnServer.start(name);
  started.add(server);
  return server;
}

/** `describe` for specs that start this server themselves: `describeWithServer('rabbitmq')('a broker that …', () => { … })`. Skips them where they cannot. */
export function describeWithServer(name: ServiceName): jest.Describe {
  return canStartOwnServer(name) ? describe : describe.skip;
}

/** Whether this machine has the binaries. */
export function canStartOwnServer(name: ServiceName): boolean {
  return OwnServer.isInstalled(name);
}
