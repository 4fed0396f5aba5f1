import { CeleryApp } from '../../app/celery-app.js';
import { compileConfig } from '../../app/compiled-config.js';
import type { CeleryOptions } from '../../app/config.js';
import { currentTask } from '../../app/task-context.js';
import type { TaskOptions } from '../../app/task-options.js';
import { TaskRegistry } from '../../app/task-registry.js';
import type { TaskHandler } from '../../app/task-registry.js';
import type { Outcome, PoolJob, TaskRun } from '../../contracts/pool.js';
import { memoryBroker } from '../../memory/index.js';
import { Decimal } from '../../protocol/python-values.js';
import { encodeTaskMessage } from '../../protocol/task-message.js';
import type { TaskMessage } from '../../protocol/task-message.js';
import { FakeClock } from '../../testing/fake-clock.js';
import { waitUntil } from '../../testing/wait-until.js';
import { ChildWorker } from '../child-worker.js';
import { WorkerLog } from '../worker-log.js';
import type { ChildEvents, ChildHandle, ChildLauncher } from './child-launcher.js';
import { ChildPool } from './child-pool.js';
import type { ChildPoolDeps } from './child-pool.js';
import type { FromChild, ToChild } from './child-protocol.js';
import type { ParentLink } from './parent-link.js';

let lines: string[] = [];
beforeEach(() => (lines = []));

/** What boots in a child; a test may let it fail, or hang. */
type Boot = (link: ParentLink) => void;

/** A child in this process. All that passes is cloned, and takes a turn of the loop, as between processes. */
class LocalChild implements ChildHandle, ParentLink {
  readonly name: string;
  used = 1000;
  readonly heard: ToChild[] = [];
  #alive = true;
  #hear: (message: ToChild) => void = () => {};

  constructor(
    readonly pid: number,
    private readonly events: ChildEvents,
  ) {
    this.name = `process ${pid}`;
  }

  send(message: ToChild | FromChild): void {
    const copy = structuredClone(message);
    if (copy.kind === 'run' || copy.kind === 'conclude' || copy.kind === 'cancel' || copy.kind === 'leave')
      setImmediate(() => this.#alive && (this.heard.push(copy), this.#hear(copy)));
    else if (this.#alive) setImmediate(() => this.events.onMessage(copy));
  }

  onMessage(listener: (message: ToChild) => void): void {
    this.#hear = listener;
  }

  onGone(): void {}

  memory(): number {
    return this.used;
  }

  kill(): void {
    this.end('signal 9 (SIGKILL)');
  }

  end(reason: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    setImmediate(() => this.events.onGone(reason));
  }
}

class LocalLauncher implements ChildLauncher {
  readonly all: LocalChild[] = [];
  readonly living = new Set<LocalChild>();

  constructor(private readonly boot: Boot) {}

  launch(events: ChildEvents): ChildHandle {
    const onGone = (reason: string) => {
      this.living.delete(child);
      events.onGone(reason);
    };
    const child: LocalChild = new LocalChild(1000 + this.all.length, { ...events, onGone });
    this.all.push(child);
    this.living.add(child);
    setImmediate(() => this.boot(child));
    return child;
  }
}

interface Settings extends Partial<Pick<ChildPoolDeps, 'maxTasks' | 'maxMemory' | 'spares'>> {
  size?: number;
  config?: CeleryOptions;
  boot?: Boot;
}

function setUp(tasks: Record<string, TaskHandler | [TaskHandler, TaskOptions]>, settings: Settings = {}) {
  const clock = new FakeClock();
  const say = (line: string) => void lines.push(line);
  const logger = { debug: say, log: say, warn: say, error: say };
  const config = compileConfig(settings.config ?? {});
  const broker = memoryBroker('memory://child-pool-spec')({ config, clock, logger, resolve: () => undefined });
  const app = new CeleryApp({ config, broker, backend: undefined, clock, logger });
  const registry = new TaskRegistry();
  for (const [name, task] of Object.entries(tasks)) {
    const [handler, options] = Array.isArray(task) ? task : [task, {}];
    registry.register({ name, handler, options, source: name });
  }
  const serve: Boot = (link) => {
    const child = new ChildWorker({ app, registry, options: { hostname: 'w@h' }, link });
    void child.start();
    void child.left.then(() => (link as LocalChild).end('exit code 0'));
  };
  const launcher = new LocalLauncher(settings.boot ?? serve);
  const failures: Error[] = [];
  const { size = 2, maxTasks = null, maxMemory = null, spares = 0 } = settings;
  const pool = new ChildPool('process', size, {
    app,
    hostname: 'w@h',
    launcher,
    log: new WorkerLog(logger, 'INFO'),
    maxTasks,
    maxMemory,
    spares,
    onFailed: (error) => failures.push(error),
  });
  return { pool, clock, app, launcher, failures, serve, ...runs(pool, app) };
}

/** Sends jobs and keeps what becomes of them. */
function runs(pool: ChildPool, app: CeleryApp) {
  const outcomes: [name: string, outcome: Outcome][] = [];
  const accepted: number[] = [];
  const current: TaskRun[] = [];
  const run = (name: string, args: unknown[] = [], more: Partial<PoolJob> & { accept?: boolean } = {}) => {
    const { accept = true, ...rest } = more;
    pool.run(job(name, args, app, rest), {
      onAccepted: (pid, taskRun) => {
        accepted.push(pid);
        current.push(taskRun);
        return accept;
      },
      settle: async (outcome, taskRun) => {
        await taskRun.conclude?.(outcome);
        outcomes.push([name, outcome]);
      },
    });
  };
  const settled = (count: number) => waitUntil(`${count} outcomes`, () => outcomes.length >= count);
  return { run, outcomes, accepted, current, settled };
}

function job(name: string, args: unknown[], app: CeleryApp, more: Partial<PoolJob>): PoolJob {
  const headers = { task: name, id: `${name}-id`, lang: 'js', retries: 0, timelimit: [null, null] };
  const message = {
    headers,
    customHeaders: null,
    args,
    kwargs: {},
    embed: {},
    properties: {},
  } as unknown as TaskMessage;
  const encoded = encodeTaskMessage(message, { registry: app.content, serializer: 'json' });
  return {
    message,
    received: { ...encoded, exchange: '', routingKey: 'celery' },
    delivery: { exchange: '', routingKey: 'celery', priority: null, redelivered: false },
    limits: { soft: null, hard: null },
    ...more,
  };
}

/** A handler that ends when the test says so. */
function gate() {
  const waiting: ((value: unknown) => void)[] = [];
  const handler: TaskHandler = () => new Promise((resolve) => waiting.push(resolve));
  const open = () => waiting.shift()?.(null);
  const begun = (count: number) => waitUntil(`${count} handlers run`, () => waiting.length >= count);
  return { handler, open, begun, waiting };
}

const text = (outcome: Outcome | undefined) => (outcome?.kind === 'success' ? outcome.result.data : outcome);

describe('ChildPool', () => {
  it('runs a job in each child, the others in order of arrival', async () => {
    const { handler, open, begun, waiting } = gate();
    const { pool, run, accepted, settled, outcomes } = setUp({ a: handler, b: handler, c: handler });
    await pool.start();
    for (const name of ['a', 'b', 'c']) run(name);
    await begun(2);
    expect([pool.active, waiting.length, new Set(accepted).size]).toEqual([2, 2, 2]);
    open();
    await settled(1);
    await begun(2);
    open();
    open();
    await settled(3);
    expect(outcomes.map(([name]) => name)).toEqual(['a', 'b', 'c']);
    await pool.close();
  });

  it('hands a job over as it was received, and the outcome back as it is', async () => {
    const describe: TaskHandler = (args) => args.map((arg) => (arg as object).constructor.name);
    const retry: TaskHandler = () => currentTask()?.retry({ countdown: 7, args: [new Date(0), new Decimal('1.10')] });
    const { pool, run, settled, outcomes } = setUp({ describe, retry });
    await pool.start();
    run('describe', [new Date(0), Buffer.from([1]), new Decimal('1.10')]);
    run('retry');
    await settled(2);
    expect(text(outcomes[0]?.[1])).toBe('["Date","Buffer","Decimal"]');
    expect(outcomes[1]?.[1]).toMatchObject({
      kind: 'retry',
      plan: { countdown: 7, args: [new Date(0), new Decimal('1.10')] },
    });
    await pool.close();
  });

  it('does not start what is not accepted, and goes on', async () => {
    const { pool, run, settled, outcomes } = setUp({ a: () => 1, b: () => 2 }, { size: 1 });
    await pool.start();
    run('a', [], { accept: false });
    run('b');
    await settled(1);
    expect(outcomes.map(([name]) => name)).toEqual(['b']);
    await pool.close();
  });

  it('tells of a lost child why, and puts a spare one in its place', async () => {
    const { handler, begun } = gate();
    const { pool, run, settled, outcomes, launcher } = setUp({ hang: handler, next: () => 1 }, { size: 1, spares: 1 });
    await pool.start();
    await waitUntil('the spare one is up', () => launcher.living.size === 2);
    run('hang');
    await begun(1);
    run('next');
    [...launcher.living].find(({ heard }) => heard.length > 0)?.end('signal 11 (SIGSEGV)');
    await settled(2);
    expect(outcomes[0]).toEqual(['hang', { kind: 'lost', reason: 'signal 11 (SIGSEGV)' }]);
    expect(text(outcomes[1]?.[1])).toBe('1');
    await waitUntil('there are two again', () => launcher.living.size === 2);
    expect(lines.join('\n')).toMatch(/A child of the pool, process \d+, has gone: signal 11/);
    await pool.close();
  });

  it('runs elsewhere what a child did not begin, and asks for it only once', async () => {
    const { pool, run, settled, outcomes, accepted, launcher } = setUp({ a: () => 1 }, { size: 1 });
    await pool.start();
    for (const child of launcher.all) child.send = (message) => void (message.kind === 'run' && child.kill());
    run('a');
    await settled(1);
    expect(text(outcomes[0]?.[1])).toBe('1');
    expect([accepted.length, launcher.all.length]).toEqual([1, 2]);
    await pool.close();
  });

  it('asks again before it runs elsewhere what a child did not begin', async () => {
    const ran: unknown[] = [];
    const { pool, app, run, settled, outcomes, launcher } = setUp({ a: () => ran.push('a'), b: () => 2 }, { size: 1 });
    await pool.start();
    for (const child of launcher.all) child.send = (message) => void (message.kind === 'run' && child.kill());
    const asked: string[] = [];
    pool.run(job('a', [], app, {}), {
      onAccepted: () => asked.push('accepted') > 0,
      isStillWanted: async () => asked.push('still wanted') < 0,
      settle: async () => void asked.push('settled'),
    });
    run('b');
    await settled(1);
    expect([asked, ran]).toEqual([['accepted', 'still wanted'], []]);
    expect(text(outcomes[0]?.[1])).toBe('2');
    await pool.close();
  });

  it('kills the child at the hard time limit', async () => {
    const { handler, begun } = gate();
    const { pool, run, settled, outcomes, clock, launcher } = setUp({ hang: handler }, { size: 1 });
    await pool.start();
    run('hang', [], { limits: { soft: null, hard: 5 } });
    await begun(1);
    await clock.advance(5000);
    await settled(1);
    expect(outcomes[0]).toEqual(['hang', { kind: 'timeout', limit: 5 }]);
    await waitUntil('there is another child', () => launcher.all.length === 2 && launcher.living.size === 1);
    await pool.close();
  });

  it('lets a terminated task end by its signal, and its child after it', async () => {
    const tidied: unknown[] = [];
    const tidy: TaskHandler = () => {
      const task = currentTask();
      return new Promise((resolve) => task?.signal.addEventListener('abort', () => resolve(tidied.push(task.id))));
    };
    const { pool, run, settled, outcomes, current, launcher } = setUp({ tidy }, { size: 1 });
    await pool.start();
    run('tidy');
    await waitUntil('it runs', () => launcher.all[0]?.heard.length);
    current[0]?.cancel({ kind: 'terminated', signal: 'SIGTERM' });
    await settled(1);
    expect(outcomes[0]).toEqual(['tidy', { kind: 'terminated', signal: 'SIGTERM' }]);
    expect(tidied).toEqual(['tidy-id']);
    await pool.close();
  });

  it('kills a terminated task that does not end, and at once where the signal says so', async () => {
    const { handler, begun } = gate();
    const { pool, run, settled, outcomes, current, clock } = setUp({ hang: handler }, { size: 2 });
    await pool.start();
    run('hang');
    run('hang');
    await begun(2);
    current[0]?.cancel({ kind: 'terminated', signal: 'SIGKILL' });
    await settled(1);
    current[1]?.cancel({ kind: 'cancelled', reason: 'shutdown' });
    await clock.advance(900);
    expect(outcomes).toHaveLength(1);
    await clock.advance(200);
    await settled(2);
    expect(outcomes.map(([, outcome]) => outcome)).toEqual([
      { kind: 'terminated', signal: 'SIGKILL' },
      { kind: 'cancelled', reason: 'shutdown' },
    ]);
    await pool.close();
  });

  it('keeps the outcome that a task had when it was cancelled too late', async () => {
    const { pool, run, settled, outcomes, current } = setUp({ a: () => 1 }, { size: 1 });
    await pool.start();
    run('a');
    await settled(1);
    current[0]?.cancel({ kind: 'cancelled', reason: 'late' });
    run('a');
    await settled(2);
    expect(outcomes.map(([, outcome]) => outcome.kind)).toEqual(['success', 'success']);
    await pool.close();
  });

  it('keeps a child whose task had ended when it heard of the cancellation', async () => {
    const told: unknown[] = [];
    const onSuccess: TaskOptions['onSuccess'] = (result) => void told.push(result);
    const cancelsItself: TaskHandler = () => current[0]?.cancel({ kind: 'terminated', signal: 'SIGTERM' });
    const set = setUp({ a: [cancelsItself, { onSuccess }], b: () => 2 }, { size: 1 });
    const { pool, run, settled, outcomes, current, launcher } = set;
    await pool.start();
    run('a');
    run('b');
    await settled(2);
    expect(launcher.all[0]?.heard.map(({ kind }) => kind)).toEqual(['run', 'cancel', 'conclude', 'run']);
    expect(outcomes.map(([, outcome]) => text(outcome))).toEqual(['null', '2']);
    expect(told).toHaveLength(1);
    expect([...launcher.living]).toEqual(launcher.all);
    await pool.close();
  });

  it('kills a child whose hooks take longer than the hard time limit', async () => {
    const never: TaskOptions['onSuccess'] = () => new Promise<void>(() => {});
    const set = setUp({ hang: [() => 1, { onSuccess: never }], b: () => 2 }, { size: 1 });
    const { pool, run, settled, outcomes, clock, launcher } = set;
    await pool.start();
    run('hang', [], { limits: { soft: null, hard: 5 } });
    run('b');
    await waitUntil('its hook runs', () => launcher.all[0]?.heard.at(-1)?.kind === 'conclude');
    await clock.advance(4900);
    expect(outcomes).toEqual([]);
    await clock.advance(200);
    await settled(2);
    expect(outcomes.map(([, outcome]) => text(outcome))).toEqual(['1', '2']);
    expect(lines).toContain('Task hang[hang-id]: its hooks take longer than 5s: process 1000 is killed.');
    expect(launcher.all).toHaveLength(2);
    await pool.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('concludes a task in the child that ran it, with what became of it', async () => {
    const told: unknown[] = [];
    const onSuccess: TaskOptions['onSuccess'] = (result, task) => void told.push([result, task.id]);
    const { pool, run, settled } = setUp({ a: [() => 'fine', { onSuccess }] }, { size: 1 });
    await pool.start();
    run('a');
    await settled(1);
    expect(told).toEqual([['fine', 'a-id']]);
    await pool.close();
  });

  it('replaces a child after so many tasks, and one that has grown too large when its task has ended', async () => {
    const byTasks = setUp({ a: () => 1 }, { size: 1, maxTasks: 2 });
    await byTasks.pool.start();
    for (let n = 0; n < 5; n++) byTasks.run('a');
    await byTasks.settled(5);
    expect(byTasks.accepted).toEqual([1000, 1000, 1001, 1001, 1002]);
    await byTasks.pool.close();
    const byMemory = setUp({ a: () => 1 }, { size: 1, maxMemory: 2000 });
    await byMemory.pool.start();
    for (const child of byMemory.launcher.all) child.used = 2001;
    for (let n = 0; n < 3; n++) byMemory.run('a');
    await byMemory.settled(3);
    expect(byMemory.accepted).toEqual([1000, 1001, 1001]);
    await byMemory.pool.close();
  });

  it('grows and shrinks; what runs beyond its size ends first', async () => {
    const { handler, open, begun } = gate();
    const { pool, run, settled, launcher } = setUp({ hang: handler }, { size: 1 });
    await pool.start();
    for (let n = 0; n < 3; n++) run('hang');
    await begun(1);
    pool.resize(3);
    await begun(3);
    expect(launcher.living.size).toBe(3);
    pool.resize(1);
    run('hang');
    expect([pool.active, launcher.living.size]).toEqual([3, 3]);
    open();
    open();
    await settled(2);
    await waitUntil('one child is left', () => launcher.living.size === 1);
    open();
    await begun(1);
    expect(pool.active).toBe(1);
    open();
    await settled(4);
    await pool.close();
  });

  it('lets children without work go at once when it shrinks, and those that are yet to boot', async () => {
    const { pool, launcher } = setUp({}, { size: 3 });
    await pool.start();
    pool.resize(1);
    await waitUntil('one child is left', () => launcher.living.size === 1);
    pool.resize(3);
    pool.resize(2);
    await waitUntil('all have booted', () => launcher.all.length === 5);
    await waitUntil('two children are left', () => launcher.living.size === 2);
    await pool.close();
  });

  it('runs elsewhere what lost its child while it was being accepted', async () => {
    const { pool, app, launcher, clock } = setUp({ a: () => 1 }, { size: 1 });
    await pool.start();
    let accept: (yes: boolean) => void = () => {};
    const outcome = new Promise<Outcome>((resolve) =>
      pool.run(job('a', [], app, {}), {
        onAccepted: () => new Promise((yes) => (accept = yes)),
        settle: async (settled) => resolve(settled),
      }),
    );
    launcher.all[0]?.kill();
    await clock.advance(1000);
    expect(launcher.all).toHaveLength(2);
    accept(true);
    expect(text(await outcome)).toBe('1');
    await pool.close();
  });

  it('does not start when a child cannot boot: it says which and why', async () => {
    const exits: Boot = (link) => (link as LocalChild).end('exit code 1');
    const { pool } = setUp({}, { boot: exits });
    await expect(pool.start()).rejects.toThrow(/process 1000, could not be started: exit code 1. What it printed/);
    await pool.close();
    const slow = setUp({}, { boot: () => {}, config: { workerProcAliveTimeout: 4 } });
    const starting = slow.pool.start();
    await Promise.all([
      expect(starting).rejects.toThrow('it was not up within 4 s (workerProcAliveTimeout)'),
      slow.clock.advance(4000),
    ]);
    await slow.pool.close();
  });

  it('gives up when no child boots any more, after a few attempts with growing pauses', async () => {
    let broken = false;
    let serve: Boot = () => {};
    const boot: Boot = (link) => (broken ? (link as LocalChild).end('exit code 1') : serve(link));
    const set = setUp({}, { size: 1, boot });
    ({ serve } = set);
    await set.pool.start();
    broken = true;
    set.launcher.all[0]?.kill();
    for (let n = 0; n < 10; n++) await set.clock.advance(10_000);
    expect(set.failures.map(({ message }) => message)).toEqual([expect.stringContaining('could not be started')]);
    expect(set.launcher.all).toHaveLength(5);
    await set.pool.close();
  });

  it('gives up on children that end as soon as they are up, and forgives one that ends after a long time', async () => {
    const set = setUp({}, { size: 1 });
    await set.pool.start();
    const endNewest = () => {
      [...set.launcher.living].at(-1)?.end('exit code 1');
      return set.clock.advance(8000);
    };
    for (let n = 0; n < 4; n++) await endNewest();
    expect(lines.at(-1)).toMatch(/ended before it had anything to do: exit code 1/);
    await set.clock.advance(3_600_000);
    await endNewest();
    expect(set.failures).toEqual([]);
    for (let n = 0; n < 4; n++) await endNewest();
    expect(set.failures).toHaveLength(1);
    await set.pool.close();
  });

  it('brings home at the close what had lost its child and waits for another', async () => {
    let serve: Boot = () => {};
    const set = setUp({ a: () => 1 }, { size: 1, boot: (link) => serve(link) });
    ({ serve } = set);
    await set.pool.start();
    serve = () => {};
    for (const child of set.launcher.all) child.send = (message) => void (message.kind === 'run' && child.kill());
    set.run('a');
    await waitUntil('another child boots', () => set.launcher.all.length === 2);
    expect(set.pool.active).toBe(1);
    await set.pool.close();
    expect(set.outcomes).toEqual([['a', { kind: 'cancelled', reason: 'the worker was stopped' }]]);
  });

  it('waits at a stop for what runs; at the close it kills what still does, and the others leave', async () => {
    const { handler, begun } = gate();
    const { pool, run, outcomes, launcher, clock } = setUp({ hang: handler }, { size: 2 });
    await pool.start();
    run('hang');
    await begun(1);
    const stopping = pool.stop(new Date(clock.now().getTime() + 1000));
    await clock.advance(1000);
    expect(await stopping).toBe(1);
    await Promise.all([pool.close(), pool.close()]);
    expect(launcher.living.size).toBe(0);
    expect(outcomes).toEqual([['hang', { kind: 'cancelled', reason: 'the worker was stopped' }]]);
    const idle = launcher.all.filter(({ heard }) => heard.every(({ kind }) => kind !== 'run'));
    expect(idle.map(({ heard }) => heard.at(-1)?.kind)).toEqual(['leave']);
    expect(clock.pendingTimers).toBe(0);
  });
});
