import { Worker as Thread } from 'node:worker_threads';

/** Looks once a second who its parent is. It shares nothing with the event loop, so that no handler can keep it from looking. */
const GUARD = `
const { workerData: parent } = require('node:worker_threads');
const sleep = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === parent) Atomics.wait(sleep, 0, 0, 1000);
process.kill(process.pid, 'SIGKILL');
`;

/**
 * Ends this process when its parent has gone. The end of the IPC channel says so, too, but only to an event loop that turns: a handler
 * that computes for an hour would go on, while the broker gives its task to another worker.
 */
export function endWithParent(): void {
  const limits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8, stackSizeMb: 1 };
  const guard = new Thread(GUARD, {
    eval: true,
    workerData: process.ppid,
    execArgv: [],
    env: {},
    resourceLimits: limits,
  });
  guard.unref();
}
