import { constants } from 'node:os';
import type { TaskMeta } from '../../protocol/result-meta.js';
import { toExceptionInfo } from '../../protocol/exception-info.js';
import { pythonText } from '../../protocol/python-literals.js';
import { TaskRevokedError } from '../../errors/task-errors.js';
import { nok, ok, required } from './command.js';
import type { Command, CommandArguments, ControlledWorker } from './command.js';

/** Results that are written at a time. */
const BATCH = 100;

/** Celery's `revoke`: the tasks never start here, and with `terminate` those that run are ended. */
export const revoke: Command = (worker, args) =>
  discard(worker, args, { command: 'revoke', end: Boolean(args.terminate) });

/** Celery's `terminate`. */
export const terminate: Command = (worker, args) => discard(worker, args, { command: 'terminate', end: true });

async function discard(
  worker: ControlledWorker,
  args: CommandArguments,
  { command, end }: { command: string; end: boolean },
): Promise<unknown> {
  const ids = taskIds(required(args, 'task_id', command));
  const kept = worker.revocations.add(ids);
  const signal = end ? signalName(args.signal) : undefined;
  const ended = signal === undefined ? NONE : endAll(worker, new Set(ids), signal);
  const unmarked = ids.filter((id) => !ended.running.has(id));
  await Promise.all([kept, markRevoked(worker, unmarked)]);
  if (end && signal === undefined) return nok(unknownSignal(args.signal));
  const known = [...ended.waiting, ...ended.running];
  if (end) return ok(known.length > 0 ? `terminate: ${known.join(', ')}` : 'terminate: tasks unknown');
  worker.log.say('INFO', `Tasks flagged as revoked: ${ids.join(', ')}`);
  return ok(`tasks ${setRepr(ids)} flagged as revoked`);
}

interface Ended {
  readonly waiting: ReadonlySet<string>;
  readonly running: ReadonlySet<string>;
}

const NONE: Ended = { waiting: new Set(), running: new Set() };

/** Ends what runs of them; what still waits here is discarded when its turn comes. */
function endAll({ dispatcher, log }: ControlledWorker, ids: ReadonlySet<string>, signal: string): Ended {
  const waiting = dispatcher.waiting.filter(({ id }) => ids.has(id));
  const running = dispatcher.running.filter(({ id }) => ids.has(id));
  for (const { id, run } of running) {
    log.say('INFO', `Terminating ${id} (${signal})`);
    run?.cancel({ kind: 'terminated', signal });
  }
  return { waiting: new Set(waiting.map(({ id }) => id)), running: new Set(running.map(({ id }) => id)) };
}

/** REVOKED at once, for whoever waits for the result; the one that runs such a task writes its state when it has ended. */
async function markRevoked({ app, log }: ControlledWorker, ids: readonly string[]): Promise<void> {
  const { backend } = app;
  if (!backend) return;
  const result = app.content.encode(toExceptionInfo(new TaskRevokedError('revoked')), app.config.resultSerializer);
  const mark = async (taskId: string) => {
    const meta: TaskMeta = {
      taskId,
      status: 'REVOKED',
      result,
      traceback: null,
      children: [],
      dateDone: app.clock.now(),
    };
    await backend.storeResult(meta).catch((error: unknown) => {
      log.say('WARNING', `Failed to mark task ${taskId} as revoked in backend: ${String(error)}`);
    });
  };
  for (let from = 0; from < ids.length; from += BATCH) await Promise.all(ids.slice(from, from + BATCH).map(mark));
}

/** @throws TypeError for what is neither an id nor a list of ids */
function taskIds(value: unknown): string[] {
  const ids: unknown[] = Array.isArray(value) ? value : [value ?? []].flat();
  if (ids.every((id) => typeof id === 'string')) return [...new Set(ids)];
  throw new TypeError('task_id must be a str or a list of str');
}

/** `SIGKILL` for `KILL`, `SIGKILL` and 9; undefined for what is no signal. */
function signalName(given: unknown): string | undefined {
  const signals = Object.entries(constants.signals);
  if (typeof given === 'number') return signals.find(([, number]) => number === given)?.[0];
  const name = typeof given === 'string' && given !== '' ? given : 'SIGTERM';
  const full = name.startsWith('SIG') ? name : `SIG${name}`;
  return Object.hasOwn(constants.signals, full) ? full : undefined;
}

function unknownSignal(given: unknown): string {
  const name = String(given);
  const full = name.startsWith('SIG') ? name : `SIG${name}`;
  return `AttributeError(${pythonText(`module 'signal' has no attribute '${full}'`)})`;
}

/** As Python shows a set of texts. */
function setRepr(ids: readonly string[]): string {
  return ids.length === 0 ? 'set()' : `{${ids.map((id) => pythonText(id)).join(', ')}}`;
}
