import { existsSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { setTimeout } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Celery, currentTask, SharedTask } from 'nestjs-celery';
import type { TaskContext } from 'nestjs-celery';

/** How a task can end whatever runs it. */
const CRASHES: Readonly<Record<string, () => unknown>> = {
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
  SIGSEGV: () => process.kill(process.pid, 'SIGSEGV'),
  abort: () => process.abort(),
  'exit 0': () => process.exit(0),
  rejection: () => void Promise.reject(new RangeError('left behind')),
  exception: () => process.nextTick(() => fail('out of order')),
};

/** What runs in a child, and what ends it. */
@Injectable()
export class PoolTasks implements OnModuleInit, OnModuleDestroy {
  constructor(private readonly celery: Celery) {}

  onModuleInit(): void {
    if (process.env.POOL_BOOT === 'fail' && isChild()) fail('no boot today');
    const { signals } = this.celery;
    for (const name of ['worker_process_init', 'worker_process_shutdown', 'worker_before_create_process'] as const)
      signals.connect(name, () => say(name));
    signals.connect('task_success', ({ task }) => say(`task_success of ${task.name}`), { sender: 'pool.where' });
  }

  onModuleDestroy(): void {
    say('module destroyed');
  }

  @SharedTask('pool.where')
  where(): [pid: number, thread: number] {
    return [process.pid, threadId];
  }

  @SharedTask('pool.describe')
  describe(...args: unknown[]): [string, string][] {
    return args.map((arg) => [typeof arg === 'object' && arg ? arg.constructor.name : typeof arg, String(arg)]);
  }

  @SharedTask('pool.returns')
  returns(...args: unknown[]): unknown {
    return args;
  }

  @SharedTask({
    name: 'pool.hooked',
    onSuccess: (result, task) => say(`onSuccess ${String(result)} ${task.id}`),
    onFailure: (error, task) => say(`onFailure ${String(error)} ${task.id}`),
  })
  hooked(ok: boolean): string {
    return ok ? 'fine' : fail('not fine');
  }

  /** Publishes, stores a state, logs: over connections of the child's own. */
  @SharedTask({ name: 'pool.parent', trackStarted: true })
  async parent(gate: string): Promise<(string | null)[]> {
    const task = currentTask();
    if (!task) throw new Error('There is no current task.');
    await task.progress(1, 2);
    task.logger.log('hello from a child');
    const child = await this.celery.sendTask('pool.where', [], { queue: task.deliveryInfo.routingKey });
    await opened(gate);
    return [child.id, task.rootId, task.parentId, task.hostname];
  }

  @SharedTask({ name: 'pool.again', maxRetries: 2 })
  again(at: unknown): unknown {
    const task = currentTask();
    if (task?.retries === 0) task.retry({ countdown: 0, args: [at, 2], kwargs: {} });
    return at instanceof Date ? at.toISOString() : typeof at;
  }

  @SharedTask('pool.crash')
  async crash(how: string): Promise<void> {
    CRASHES[how]?.();
    await setTimeout(60_000);
  }

  @SharedTask('pool.careless')
  careless(): string {
    CRASHES.rejection?.();
    return 'done';
  }

  @SharedTask({ name: 'pool.crashLate', acksLate: true })
  crashLate(how: string): Promise<void> {
    return this.crash(how);
  }

  @SharedTask({ name: 'pool.poison', acksLate: true, rejectOnWorkerLost: true })
  poison(how: string): Promise<void> {
    return this.crash(how);
  }

  /** Lost the first time, fine the second. */
  @SharedTask({ name: 'pool.onceLost', acksLate: true, rejectOnWorkerLost: true })
  async onceLost(): Promise<unknown> {
    const lost = currentTask()?.headers['x-celery-lost'];
    if (lost === undefined) await this.crash('SIGKILL');
    return lost;
  }

  @SharedTask({ name: 'pool.pause', trackStarted: true })
  async pause(milliseconds: number): Promise<number> {
    return setTimeout(milliseconds, process.pid);
  }

  /** Ends once there is a file of this name. */
  @SharedTask({ name: 'pool.until', trackStarted: true })
  async until(gate: string): Promise<[pid: number, thread: number]> {
    await opened(gate);
    return [process.pid, threadId];
  }

  @SharedTask({ name: 'pool.pauseLate', trackStarted: true, acksLate: true })
  async pauseLate(milliseconds: number): Promise<number> {
    return setTimeout(milliseconds, process.pid);
  }

  /** Blocks its event loop, for ever where it is asked to. */
  @SharedTask({ name: 'pool.spin', trackStarted: true })
  spin(milliseconds: number | null): number {
    const end = milliseconds === null ? Infinity : performance.now() + milliseconds;
    while (performance.now() < end);
    return process.pid;
  }

  /** The soft limit reaches it as its signal. */
  @SharedTask('pool.patient')
  async patient(): Promise<void> {
    await setTimeout(60_000, undefined, signalOf(currentTask()));
  }

  @SharedTask('pool.grow')
  grow(megabytes: number): number {
    hoard.push(Buffer.alloc(megabytes * 1024 * 1024, 1));
    return process.pid;
  }
}

const hoard: Buffer[] = [];

async function opened(gate: string): Promise<void> {
  while (!existsSync(gate)) await setTimeout(20);
}

function signalOf(task: TaskContext | undefined): { signal?: AbortSignal } {
  return task ? { signal: task.signal } : {};
}

function isChild(): boolean {
  return threadId > 0 || process.connected;
}

function say(what: string): void {
  process.stdout.write(`${what} in ${process.pid}/${threadId}\n`);
}

function fail(message: string): never {
  throw new Error(message);
}
