import { pythonText } from '../protocol/python-literals.js';
import { errorRepr, nok, ok } from './commands/command.js';
import type { Command, CommandArguments, ControlledWorker } from './commands/command.js';
import { rateLimit, timeLimit } from './commands/limits.js';
import { revoke, terminate } from './commands/revoke.js';

/** What a worker obeys, by Celery's names. Celery's `Panel`. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['ping', () => ok('pong')],
  ['rate_limit', rateLimit],
  ['revoke', revoke],
  ['terminate', terminate],
  ['time_limit', timeLimit],
]);

/** Carries out commands. */
export class ControlPanel {
  constructor(private readonly worker: ControlledWorker) {}

  /** The command's answer; `{ error: … }` where it fails or is not known. Never rejects. */
  async run(method: string, args: CommandArguments): Promise<unknown> {
    const { log } = this.worker;
    const command = COMMANDS.get(method);
    if (!command) {
      log.say('ERROR', `pidbox command error: there is no command '${method}'.`);
      return nok(`KeyError(${pythonText(method)})`);
    }
    try {
      return await command(this.worker, args);
    } catch (error) {
      log.say('ERROR', `pidbox command error: ${method}: ${String(error)}`);
      return nok(errorRepr(error));
    }
  }
}
