import type { Service } from '../contracts/service.js';
import { ControlPanel } from './control-panel.js';
import type { ControlledWorker } from './commands/command.js';
import { Mailbox } from './mailbox.js';
import { expandNodeName } from './node-name.js';
import { RevocationKeeper } from './revocation-keeper.js';
import type { RevocationKeeperDeps } from './revocation-keeper.js';
import { StateFile } from './state-file.js';

/** What can be told to a worker from outside, and what it remembers of it. */
export class RemoteControl implements Service {
  readonly #mailbox: Mailbox;
  readonly #revocations: RevocationKeeper;

  constructor(worker: ControlledWorker) {
    const { app, hostname, log } = worker;
    this.#mailbox = new Mailbox({ app, hostname, panel: new ControlPanel(worker), log });
    this.#revocations = worker.revocations;
  }

  /** Resolves when commands are heard, or the first attempt to hear them has failed. Never rejects. */
  start(): Promise<void> {
    return this.#mailbox.start();
  }

  async stop(): Promise<void> {
    await this.#mailbox.stop();
    await this.#revocations.stop();
  }
}

/** @param path `workerStateDb`, where a pattern of the node name may stand in; null: no file */
export function keepRevocations(
  deps: Omit<RevocationKeeperDeps, 'file'>,
  { path, hostname }: { path: string | null; hostname: string },
): RevocationKeeper {
  const file = path === null ? undefined : new StateFile(expandNodeName(path, hostname), deps.log);
  return new RevocationKeeper({ ...deps, file });
}
