import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/**
 * Below the range that systems take for outgoing connections: a server that is stopped and started again, as tests do,
 * finds its port still free.
 */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * So many different ports of 127.0.0.1 on which nobody listens.
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  /** @type {Set<number>} */
  const found = new Set();
  while (found.size < count) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port)) found.add(port);
  }
  return [...found];
}

/**
 * Whether nobody listens on a port of 127.0.0.1.
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isPortFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
