import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { FromChild, ToChild } from './child-protocol.js';
import { endWithParent } from './orphan-guard.js';

/** Environment variable that tells a process that a pool has started it. */
export const PROCESS_MARK = 'NESTJS_CELERY_CHILD';
/** The same for a thread, in its `workerData`. */
export const THREAD_MARK = 'nestjsCeleryChild';

/** The worker that started this process or thread, from inside. */
export interface ParentLink {
  send(message: FromChild): void;
  onMessage(listener: (message: ToChild) => void): void;
  /** The worker is gone, however it went. */
  onGone(listener: () => void): void;
  /** KiB in use here. */
  memory(): number;
}

let link: ParentLink | undefined;

/** The link to the worker whose child this process or thread is; undefined where it is nobody's. */
export function parentLink(): ParentLink | undefined {
  link ??= isMainThread ? processLink() : threadLink();
  return link;
}

function processLink(): ParentLink | undefined {
  const isChild = process.env[PROCESS_MARK] !== undefined && process.connected;
  delete process.env[PROCESS_MARK]; // what a task starts is no child of the pool
  return isChild ? new ProcessLink() : undefined;
}

function threadLink(): ParentLink | undefined {
  const isChild = (workerData as Record<string, unknown> | null)?.[THREAD_MARK] === true;
  return isChild && parentPort ? new ThreadLink(parentPort) : undefined;
}

class ProcessLink implements ParentLink {
  constructor() {
    endWithParent();
    // the last words of a process that dies of an error; Node prints the rest
    process.on('uncaughtExceptionMonitor', (error) => this.send({ kind: 'crash', error: String(error) }));
  }

  send(message: FromChild): void {
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  }

  onMessage(listener: (message: ToChild) => void): void {
    process.on('message', (message) => listener(message as ToChild));
  }

  onGone(listener: () => void): void {
    process.on('disconnect', listener);
  }

  memory(): number {
    return Math.round(process.memoryUsage.rss() / 1024);
  }
}

class ThreadLink implements ParentLink {
  constructor(private readonly port: MessagePort) {}

  send(message: FromChild): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.port.postMessage(message);
  }

  onMessage(listener: (message: ToChild) => void): void {
    this.port.on('message', (message) => listener(message as ToChild));
  }

  onGone(listener: () => void): void {
    this.port.on('close', listener);
  }

  /** The resident set is that of all threads together. */
  memory(): number {
    const { heapTotal, external } = process.memoryUsage();
    return Math.round((heapTotal + external) / 1024);
  }
}
