import type { FromChild, ToChild } from './child-protocol.js';

/** The program that every child runs: the worker's own main file, which finds out that it is a child. */
export interface MainFile {
  readonly file: string;
  readonly argv: readonly string[];
}

/** A process or thread of ours, from outside. */
export interface ChildHandle {
  /** For log lines: `process 4711`, `thread 3`. */
  readonly name: string;
  /** Of the process that runs its handlers. */
  readonly pid: number;
  /** What can no longer be delivered is dropped: that the child has gone is told by `onGone`. */
  send(message: ToChild): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

export interface ChildEvents {
  onMessage(message: FromChild): void;
  /** Once, after its last message. @param reason `signal 9 (SIGKILL)`, `exit code 1` */
  onGone(reason: string): void;
}

/** Starts children. */
export interface ChildLauncher {
  launch(events: ChildEvents): ChildHandle;
}
