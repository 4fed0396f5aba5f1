import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Cancel, Clock } from '../../contracts/clock.js';
import type { ChildEvents, ChildHandle, ChildLauncher, MainFile } from './child-launcher.js';
import type { FromChild, ToChild } from './child-protocol.js';
import { PROCESS_MARK } from './parent-link.js';
import { fromNow } from '../../time/from-now.js';

/** Milliseconds from the first sign that a child ends to the last: it may leave messages in its channel, or close that and live on. */
const ENDING_MS = 1000;

/** Starts children as processes, connected by Node's IPC channel. Celery's `prefork`. */
export class ForkLauncher implements ChildLauncher {
  readonly #living = new Set<ChildProcess>();

  constructor(
    private readonly main: MainFile,
    private readonly clock: Clock,
  ) {}

  launch(events: ChildEvents): ChildHandle {
    const child = fork(this.main.file, this.main.argv, {
      env: { ...process.env, [PROCESS_MARK]: '1' },
      execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect')), // one port cannot serve them all
      serialization: 'advanced',
    });
    this.#watch(child, events);
    return new ForkedChild(child);
  }

  #watch(child: ChildProcess, events: ChildEvents): void {
    if (this.#living.size === 0) process.on('exit', this.#killAll);
    this.#living.add(child);
    child.on('message', (message) => events.onMessage(message as FromChild));
    whenGone(child, this.clock, (reason) => {
      this.#living.delete(child);
      if (this.#living.size === 0) process.off('exit', this.#killAll);
      events.onGone(reason);
    });
  }

  /** No child outlives us, however we end; a kill -9 they see for themselves. */
  readonly #killAll = (): void => {
    for (const child of this.#living) child.kill('SIGKILL');
  };
}

class ForkedChild implements ChildHandle {
  readonly name: string;
  readonly pid: number;

  constructor(private readonly child: ChildProcess) {
    this.pid = child.pid ?? -1;
    this.name = `process ${this.pid}`;
  }

  send(message: ToChild): void {
    this.child.send(message, () => {});
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Gone is a child that has exited and whose channel is read to its end. */
export function whenGone(child: ChildProcess, clock: Clock, gone: (reason: string) => void): void {
  let reason: string | undefined;
  let isRead = false;
  let isGone = false;
  let cancel: Cancel | undefined;
  const finish = () => {
    isGone = true;
    cancel?.();
    gone(reason ?? 'its channel was closed');
  };
  const enough = () => {
    child.kill('SIGKILL');
    if (reason !== undefined) finish();
  };
  const step = () => {
    if (isGone) return; // one that could not be started, or closes its channel after all
    if (reason !== undefined && isRead) finish();
    else cancel ??= clock.at(fromNow(clock, ENDING_MS), enough);
  };
  child.once('exit', (code, signal) => {
    reason = signal === null ? `exit code ${code}` : `signal ${constants.signals[signal]} (${signal})`;
    isRead ||= !child.connected;
    step();
  });
  child.once('disconnect', () => {
    isRead = true;
    step();
  });
  child.on('error', (error) => {
    if (child.pid !== undefined) return; // a signal or a message that came too late
    reason = `it could not be started: ${error.message}`;
    finish();
  });
}
