import { createRequire } from 'node:module';
import { Worker as Thread } from 'node:worker_threads';
import type { ChildEvents, ChildHandle, ChildLauncher, MainFile } from './child-launcher.js';
import type { FromChild, ToChild } from './child-protocol.js';
import { THREAD_MARK } from './parent-link.js';

/** Starts children as threads of this process. What ends the process ends them all. */
export class ThreadLauncher implements ChildLauncher {
  readonly #file: string;

  constructor(private readonly main: MainFile) {
    // Node takes `node dist/worker` without its extension, a thread does not
    this.#file = createRequire(import.meta.url).resolve(main.file);
  }

  launch(events: ChildEvents): ChildHandle {
    const thread = new Thread(this.#file, { argv: [...this.main.argv], workerData: { [THREAD_MARK]: true } });
    let error: unknown;
    thread.on('message', (message) => events.onMessage(message as FromChild));
    thread.on('error', (thrown) => (error = thrown));
    thread.on('exit', (code) =>
      events.onGone(error === undefined ? `exit code ${code}` : `exit code ${code}: ${String(error)}`),
    );
    return new ThreadChild(thread);
  }
}

class ThreadChild implements ChildHandle {
  readonly name: string;
  readonly pid = process.pid;

  constructor(private readonly thread: Thread) {
    this.name = `thread ${thread.threadId}`;
  }

  send(message: ToChild): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.thread.postMessage(withOwnBody(message));
  }

  kill(): void {
    void this.thread.terminate();
  }
}

/** A Buffer is a window on something larger, and a clone takes all of it. */
function withOwnBody(message: ToChild): ToChild {
  if (message.kind !== 'run') return message;
  const { received } = message.job;
  const body = new Uint8Array(received.body) as Buffer; // the child makes a Buffer of it
  return { ...message, job: { ...message.job, received: { ...received, body } } };
}
