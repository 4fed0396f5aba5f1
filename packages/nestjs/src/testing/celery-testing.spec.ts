import { readFile } from 'node:fs/promises';
import { AssertionError } from 'node:assert';
import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { CeleryBeatModule } from '../beat/index.js';
import {
  Celery,
  CeleryModule,
  Ctx,
  getCeleryAppToken,
  InjectTasks,
  OnTaskSignal,
  Periodic,
  SharedTask,
} from '../index.js';
import type { CeleryApp, CeleryOptions, Injected, SignalPayload, TaskContext, Tasks } from '../index.js';
import { CeleryWorkerModule } from '../worker/index.js';
import { CeleryTesting, CeleryTestingModule } from './index.js';
import type { TestingModuleOptions } from './index.js';
import './jest/index.js';

@Injectable()
class Journal {
  readonly lines: string[] = [];
  open = () => {};
  readonly gate = new Promise<void>((resolve) => (this.open = resolve));
}

@Injectable()
class Listener {
  constructor(private readonly journal: Journal) {}

  @OnTaskSignal('task_success')
  done({ sender }: SignalPayload<'task_success'>): void {
    this.journal.lines.push(`done ${sender}`);
  }
}

@Injectable()
class MailTasks {
  constructor(
    private readonly journal: Journal,
    @InjectTasks(MailTasks) private readonly tasks: Tasks<MailTasks>,
  ) {}

  @SharedTask('mail.send')
  async send(to: string): Promise<number> {
    this.journal.lines.push(`send ${to}`);
    return to.length;
  }

  @SharedTask({ name: 'mail.digest', queue: 'slow' })
  async digest(...to: string[]): Promise<void> {
    for (const each of to) await this.tasks.send.delay(each);
  }

  @SharedTask({ name: 'mail.flaky', maxRetries: 2, defaultRetryDelay: 60 })
  flaky(to: string, @Ctx() ctx: Injected<TaskContext>): string {
    this.journal.lines.push(`flaky ${ctx.retries}`);
    return ctx.retries < 2 ? ctx.retry() : to;
  }

  @SharedTask('mail.read')
  async read(): Promise<void> {
    for (let i = 0; i < 50; i++) await readFile(new URL(import.meta.url));
    this.journal.lines.push('read');
  }

  @SharedTask({ name: 'mail.hang', softTimeLimit: 60 })
  async hang(@Ctx() ctx: Injected<TaskContext>): Promise<string> {
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
    return String(ctx.signal.reason);
  }

  @SharedTask('mail.gated')
  async gated(): Promise<void> {
    await this.journal.gate;
    this.journal.lines.push('gated');
  }

  @SharedTask({ name: 'mail.never' })
  never(): Promise<void> {
    return new Promise(() => {});
  }

  @Periodic(3600)
  @SharedTask('mail.hourly')
  hourly(): void {
    this.journal.lines.push('hourly');
  }
}

const QUIET: LoggerService = { log: () => {}, warn: () => {}, error: () => {} };

/** Servers that nobody could reach. */
const NOWHERE: CeleryOptions = { broker: 'amqp://127.0.0.1:1//', resultBackend: 'postgres://127.0.0.1:1/none' };

@Module({})
class AppModule {
  static with(options: CeleryOptions = {}): DynamicModule {
    const root = CeleryModule.forRoot({ ...NOWHERE, ...options });
    const features = CeleryModule.forFeature([MailTasks]);
    return { module: AppModule, imports: [root, features], providers: [Journal, Listener, MailTasks] };
  }
}

let moduleRef: TestingModule | undefined;
afterEach(async () => {
  await moduleRef?.close();
  moduleRef = undefined;
});

async function boot(testing: TestingModuleOptions = {}, options: CeleryOptions = {}, more: DynamicModule[] = []) {
  const imports = [AppModule.with(options), CeleryTestingModule.forRoot(testing), ...more];
  moduleRef = await Test.createTestingModule({ imports }).setLogger(QUIET).compile();
  const tasks = moduleRef.get(Celery).tasks(MailTasks);
  return { moduleRef, tasks, celery: moduleRef.get(CeleryTesting), lines: moduleRef.get(Journal).lines };
}

describe('idle', () => {
  it('runs what was sent, in whichever queue, and what that sends', async () => {
    const { celery, tasks, lines } = await boot();
    await tasks.digest.delay('a', 'b');
    expect(lines).toEqual([]);
    await celery.idle();
    expect(lines).toEqual(['send a', 'send b']);
  });

  it('leaves the results where they are asked for', async () => {
    const { celery, tasks } = await boot();
    const result = await tasks.send.delay('abc');
    expect(await result.get()).toBe(3);
    await celery.idle();
  });

  it('waits for what tasks do outside, however long it takes', async () => {
    const { celery, tasks, lines } = await boot();
    await tasks.read.delay();
    await celery.idle();
    expect(lines).toEqual(['read']);
  });

  it('says so when a task does not end', async () => {
    const { celery, tasks } = await boot();
    await tasks.never.delay();
    await expect(celery.idle({ timeout: 20 })).rejects.toThrow('use advance()');
  });

  it('has nothing to wait for where nothing was sent', async () => {
    const { celery } = await boot();
    await celery.idle();
  });

  it('rejects with what keeps a worker from running', async () => {
    const { celery, tasks } = await boot({}, { resultSerializer: 'nosuch' });
    await tasks.send.delay('a');
    await expect(celery.idle()).rejects.toThrow('nosuch');
  });
});

describe('queues', () => {
  const taskQueues: CeleryOptions['taskQueues'] = [
    { name: 'celery' },
    { name: 'news', broadcast: true },
    { name: 'events', exchange: 'events', exchangeType: 'topic', routingKey: 'event.#' },
    { name: 'safe', exchange: 'safe', exchangeType: 'topic', queueArguments: { 'x-queue-type': 'quorum' } },
  ];

  it('of a broadcast are known by its name, and run its tasks', async () => {
    const { celery, tasks, lines } = await boot({}, { taskQueues });
    await tasks.send.applyAsync(['a'], { queue: 'news' });
    await celery.idle();
    expect(celery).toHaveSent(tasks.send, ['a'], { queue: 'news', exchange: 'news' });
    expect(lines).toEqual(['send a']);
  });

  it('are reached through their exchange, the first message included', async () => {
    const { celery, tasks, lines } = await boot({}, { taskQueues });
    await tasks.send.applyAsync(['a'], { exchange: 'events', routingKey: 'event.made' });
    await celery.idle();
    expect(celery).toHaveSent(tasks.send, ['a'], { exchange: 'events', routingKey: 'event.made' });
    expect(lines).toEqual(['send a']);
  });

  it('take what is sent to their exchange where nothing is to run', async () => {
    const { tasks, moduleRef } = await boot({ run: false }, { taskQueues });
    await tasks.send.applyAsync(['a'], { exchange: 'events', routingKey: 'event.made' });
    const { broker } = moduleRef.get<CeleryApp>(getCeleryAppToken());
    expect(await broker.admin?.depth('events')).toMatchObject({ messages: 1 });
  });

  it('with a delay at the broker are told as without one', async () => {
    const { celery, tasks, lines } = await boot({}, { taskQueues });
    await tasks.send.applyAsync(['a'], { queue: 'safe', countdown: 60 });
    expect(celery).toHaveSent(tasks.send, ['a'], {
      queue: 'safe',
      exchange: 'safe',
      routingKey: 'safe',
      countdown: 60,
    });
    await celery.advance('59s');
    expect(lines).toEqual([]);
    await celery.advance('1s');
    expect(lines).toEqual(['send a']);
  });
});

describe('advance', () => {
  it('runs a task when its countdown is over, and not before', async () => {
    const { celery, tasks, lines } = await boot();
    await tasks.send.applyAsync(['a'], { countdown: 3600 });
    await celery.advance('59m');
    expect(lines).toEqual([]);
    await celery.advance('1m');
    expect(lines).toEqual(['send a']);
  });

  it('runs retries in their time, and what comes due on the way in its order', async () => {
    const { celery, tasks, lines } = await boot();
    const result = await tasks.flaky.delay('a');
    await tasks.send.applyAsync(['b'], { countdown: 90 });
    await celery.idle();
    expect([...lines, await result.state()]).toEqual(['flaky 0', 'RETRY']);
    await celery.advance('1h');
    expect(lines).toEqual(['flaky 0', 'flaky 1', 'send b', 'flaky 2']);
    expect(await result.get()).toBe('a');
    expect(celery.sent(tasks.flaky)).toHaveLength(1);
  });

  it('drops what expires', async () => {
    const { celery, tasks, lines } = await boot({ run: true });
    const result = await tasks.send.applyAsync(['a'], { countdown: 60, expires: 30 });
    await celery.advance('2m');
    expect(lines).toEqual([]);
    expect(await result.state()).toBe('REVOKED');
  });

  it('lets the time limits of a task that hangs pass', async () => {
    const { celery, tasks } = await boot();
    const result = await tasks.hang.delay();
    await celery.advance('1m');
    expect(await result.get()).toContain('soft time limit');
  });

  it('goes on while a task waits for something else, which idle() then waits for', async () => {
    const { celery, tasks, lines, moduleRef } = await boot();
    await tasks.gated.delay();
    await tasks.send.applyAsync(['a'], { countdown: 60 });
    await celery.advance('1m');
    expect(lines).toEqual(['send a']);
    const idle = celery.idle();
    moduleRef.get(Journal).open();
    await idle;
    expect(lines).toEqual(['send a', 'gated']);
  });

  it('moves the clock by just so much', async () => {
    const { celery } = await boot({ now: '2026-11-21T10:00:00Z' });
    await celery.advance('1.5h');
    await celery.advance(250);
    expect(celery.now()).toEqual(new Date('2026-11-21T11:30:00.250Z'));
    await expect(celery.advance('soon' as never)).rejects.toThrow("advance('soon')");
    await expect(celery.advance(-1)).rejects.toThrow('give milliseconds');
  });

  it('sends what beat would, where that is asked for', async () => {
    const { celery, tasks, lines } = await boot({ beat: true });
    await celery.advance('3h');
    expect(celery.sent(tasks.hourly)).toHaveLength(3);
    expect(lines).toEqual(['hourly', 'hourly', 'hourly']);
    const { celery: without } = await boot();
    await without.advance('3h');
    expect(without.sent()).toEqual([]);
  });
});

describe('what was sent', () => {
  it('is told with its arguments and where it went', async () => {
    const { celery, tasks } = await boot({ run: false, now: '2026-11-21T10:00:00Z' });
    await tasks.digest.applyAsync(['a'], { countdown: 60, priority: 3, headers: { tenant: 't' } });
    const [task] = celery.sent(tasks.digest);
    expect(task).toMatchObject({
      name: 'mail.digest',
      id: expect.any(String),
      args: ['a'],
      kwargs: {},
      queue: 'slow',
      priority: 3,
      countdown: 60,
      eta: new Date('2026-11-21T10:01:00Z'),
      expires: undefined,
      app: 'default',
    });
    expect(task?.headers['tenant']).toBe('t');
  });

  it('is kept in order, by task, and until it is cleared', async () => {
    const { celery, tasks } = await boot({ run: false });
    await tasks.send.delay('a');
    await tasks.digest.delay('b');
    await tasks.send.delay('c');
    await celery.idle();
    expect(celery.sent().map(({ name }) => name)).toEqual(['mail.send', 'mail.digest', 'mail.send']);
    expect(celery.sent(tasks.send).map(({ args: [to] }) => to)).toEqual(['a', 'c']);
    celery.clear();
    expect(celery.sent()).toEqual([]);
  });

  it('stays in its queue where nothing is to run', async () => {
    const { celery, tasks, lines, moduleRef } = await boot({ run: false });
    await tasks.send.delay('a');
    await celery.advance('1d');
    expect(lines).toEqual([]);
    const { broker } = moduleRef.get<CeleryApp>(getCeleryAppToken());
    expect(await broker.admin?.depth('celery')).toMatchObject({ messages: 1, consumers: 0 });
  });

  it('includes what tasks of this process never run: those of Python', async () => {
    const { celery, moduleRef } = await boot({ run: false });
    await moduleRef.get(Celery).sendTask('proj.tasks.add', [2, 3], { queue: 'python' });
    celery.assertSent('proj.tasks.add', [2, 3], { queue: 'python' });
  });

  it('has a matcher for jest, with asymmetric matchers', async () => {
    const { celery, tasks } = await boot({ run: false });
    await tasks.send.applyAsync(['a@b.c'], { queue: 'mail', countdown: 60 });
    expect(celery).toHaveSent(tasks.send);
    expect(celery).toHaveSent('mail.send', ['a@b.c']);
    expect(celery).toHaveSent(tasks.send, [expect.stringContaining('@')], { queue: 'mail', countdown: 60 });
    expect(celery).not.toHaveSent(tasks.send, ['x']);
    expect(celery).not.toHaveSent(tasks.send, ['a@b.c'], { queue: 'other' });
    expect(celery).not.toHaveSent(tasks.digest);
    // @ts-expect-error a text is wanted
    expect(celery).not.toHaveSent(tasks.send, [1]);
  });

  it('is listed by a matcher that fails', async () => {
    const { celery, tasks } = await boot({ run: false });
    await tasks.send.delay('a');
    const missing = () => expect(celery).toHaveSent(tasks.send, ['b'], { queue: 'mail' });
    expect(missing).toThrow("mail.send('b') with { queue: 'mail' } was not sent");
    expect(missing).toThrow("mail.send('a') with { queue: 'celery' }");
    expect(() => expect(celery).not.toHaveSent(tasks.send)).toThrow('should not have been');
    expect(() => expect({}).toHaveSent(tasks.send)).toThrow('toHaveSent() is for CeleryTesting');
  });

  it('has assertions for every other runner', async () => {
    const { celery, tasks } = await boot({ run: false });
    expect(() => celery.assertSent(tasks.send)).toThrow('Nothing was sent.');
    await tasks.send.delay('a');
    const { args } = celery.assertSent(tasks.send, ['a']);
    expect(args[0].toUpperCase()).toBe('A');
    celery.assertNotSent(tasks.send, ['b']);
    expect(() => celery.assertNotSent(tasks.send)).toThrow(AssertionError);
  });
});

describe('the application under test', () => {
  it('contacts no server, and meets no other test', async () => {
    const first = await boot({ run: false });
    await first.tasks.send.delay('a');
    const other = moduleRef;
    const second = await boot();
    await second.celery.idle();
    expect(second.celery.sent()).toEqual([]);
    expect(second.lines).toEqual([]);
    await other?.close();
  });

  it('starts neither its own worker nor its own beat', async () => {
    const { celery, tasks, moduleRef } = await boot({}, {}, [CeleryWorkerModule.forRoot(), CeleryBeatModule.forRoot()]);
    await moduleRef.init();
    await celery.advance('2h');
    expect(celery.sent(tasks.hourly)).toEqual([]);
    await tasks.send.delay('a');
    await celery.idle();
    const { broker } = moduleRef.get<CeleryApp>(getCeleryAppToken());
    expect(await broker.admin?.depth('celery')).toMatchObject({ consumers: 1 });
  });

  it('hears signals once it is initialized', async () => {
    const { celery, tasks, moduleRef, lines } = await boot();
    await moduleRef.init();
    await tasks.digest.delay();
    await celery.idle();
    expect(lines).toEqual(['done mail.digest']);
  });

  it('may have several apps', async () => {
    const billing = CeleryModule.forRoot({ ...NOWHERE, broker: 'amqp://127.0.0.1:2//', name: 'billing' });
    const { celery, moduleRef, lines } = await boot({}, {}, [billing]);
    await moduleRef.get(Celery).tasks(MailTasks).send.delay('a');
    await moduleRef.get<CeleryApp>(getCeleryAppToken('billing')).sendTask('mail.send', ['b']);
    await celery.idle();
    expect(celery.sent().map(({ app }) => app)).toEqual(['default', 'billing']);
    expect(lines.toSorted()).toEqual(['send a', 'send b']);
  });

  it('leaves nothing behind when it is closed, not even while a task runs', async () => {
    const { tasks, moduleRef } = await boot();
    await tasks.never.delay();
    await tasks.send.applyAsync(['a'], { countdown: 60 });
    await moduleRef.close();
  });

  it('works without options, too', async () => {
    moduleRef = await Test.createTestingModule({ imports: [AppModule.with(), CeleryTestingModule] }).compile();
    await moduleRef.get(Celery).tasks(MailTasks).send.delay('a');
    await moduleRef.get(CeleryTesting).idle();
    expect(moduleRef.get(Journal).lines).toEqual(['send a']);
  });
});
