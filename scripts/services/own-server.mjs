import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stopProcess } from '../lib/processes.mjs';
import { mustRun } from '../lib/run.mjs';
import { waitFor } from '../lib/wait.mjs';
import { SERVICES } from './catalogue.mjs';
import { startLocal } from './local/local-server.mjs';
import { isPortFree } from './ports.mjs';

/** @typedef {import('./catalogue.mjs').ServiceName} ServiceName */

/** A server for one test, which may break it and bring it back with the same data on the same ports. */
export class OwnServer {
  #service;
  #folder;
  #plan;
  #url = '';
  /** @type {import('../lib/processes.mjs').ProcessRef[]} */
  #processes = [];

  /**
   * @param {import('./catalogue.mjs').Service} service
   * @param {string} folder
   * @param {import('./local/local-server.mjs').Plan} plan
   */
  constructor(service, folder, plan) {
    this.#service = service;
    this.#folder = folder;
    this.#plan = plan;
  }

  /**
   * Prepares and starts one. The binaries must be there: see `isInstalled`.
   * @param {ServiceName} name
   */
  static async start(name) {
    const service = byName(name);
    const folder = mkdtempSync(join(tmpdir(), `nestjs-celery-own-${name}-`));
    chmodSync(folder, 0o711);
    const server = new OwnServer(service, folder, await service.local.prepare(join(folder, name)));
    await server.start().catch(async (error) => {
      await server.remove();
      throw error;
    });
    return server;
  }

  /**
   * Whether this machine can start such a server; with servers in containers it may not.
   * @param {ServiceName} name
   */
  static isInstalled(name) {
    return byName(name).local.isInstalled();
  }

  get url() {
    return this.#url;
  }

  /** Starts it again after `crash`, with what was on the disk. */
  async start() {
    if (this.#processes.length > 0) return;
    this.#url = await startLocal(this.#service, this.#plan, {
      onProcess: (ref) => this.#processes.push(ref),
      endsWithUs: true,
    });
  }

  /** Ends it as a crash does: kill -9 for RabbitMQ and Redis, immediate shutdown for PostgreSQL. Nobody listens any more when it is done. */
  async crash() {
    if (this.#processes.length === 0) return;
    for (const ref of this.#processes.reverse()) await stopProcess(ref, this.#service.local.stopSignal);
    this.#processes = [];
    if (this.#url === '') return;
    const port = Number(new URL(this.#url).port);
    await waitFor(`port ${port} to be free`, () => isPortFree(port), { timeout: 10_000, every: 20 });
  }

  /**
   * Runs a tool that lies beside the server's binary, as the server's account and with its environment: `rabbitmqctl`.
   * @param {string} name
   * @param {string[]} args
   * @returns {Promise<string>} what it printed
   */
  async tool(name, ...args) {
    const { account, programs, folder } = this.#plan;
    const { command = '', env } = programs.at(-1) ?? {};
    const { stdout } = await mustRun(join(dirname(command), name), args, { cwd: folder, env, ...account });
    return stdout;
  }

  /** Ends it for good, with its data. */
  async remove() {
    await this.crash();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** @param {ServiceName} name */
function byName(name) {
  const service = SERVICES.find((known) => known.name === name);
  if (!service) throw new Error(`no service ${name}`);
  return service;
}
