import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { jest } from '@jest/globals';
import type { CeleryApp, ReceivedMessage } from '@nestjs-celery/core';
import { memorySchedules } from '@nestjs-celery/core/memory';
import { waitUntil } from '@nestjs-celery/core/testing';
import {
  Celery,
  CeleryModule,
  crontab,
  getCeleryAppToken,
  ImproperlyConfigured,
  Periodic,
  SharedTask,
} from '../index.js';
import type { CeleryOptions } from '../index.js';
import { runBeat } from './index.js';
import type { RunBeatOptions } from './index.js';

@Injectable()
class AppTasks {
  @Periodic(0.05, { args: [1], name: 'often' })
  @Periodic(crontab({ minute: 0, hour: 4 }))
  @SharedTask({ name: 'tick', queue: 'ticks' })
  tick(): void {}
}

@Module({ providers: [AppTasks] })
class AppModule {
  static with(options: CeleryOptions): DynamicModule {
    return { module: AppModule, imports: [CeleryModule.forRoot(options)] };
  }
}

let hubs = 0;
let stops: (() => Promise<void>)[] = [];
let printed = '';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-beat-'));
  hubs += 1;
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

async function run(options: RunBeatOptions = {}, settings: CeleryOptions = {}) {
  const module = AppModule.with({ broker: `memory://run-beat-${hubs}`, beatScheduler: 'memory', ...settings });
  const running = await runBeat(module, { argv: [], signals: false, ...options });
  stops.push(() => running.stop());
  return running.app.get<CeleryApp>(getCeleryAppToken(), { strict: false });
}

/** What arrives in a queue. */
async function messagesOf(app: CeleryApp, queue: string): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  await app.broker.declare(app.queues.get(queue).topology);
  const session = await app.broker.openSession({
    onDelivery: (delivery) => {
      messages.push(delivery.message);
      delivery.ack();
    },
    onLost: () => {},
    onCancelled: () => {},
  });
  await session.subscribe(queue);
  return messages;
}

describe('runBeat', () => {
  it('sends every @Periodic on time, with the options of the task and the name of the entry', async () => {
    const messages = await messagesOf(await run(), 'ticks');
    await waitUntil('messages', () => messages.length >= 2);
    expect(messages[0]?.headers).toMatchObject({ task: 'tick', argsrepr: '(1,)', periodic_task_name: 'often' });
  });

  it('sends the entries of beatSchedule, to tasks in Python as well', async () => {
    const beatSchedule = {
      purge: { task: 'proj.purge', schedule: 0.05, kwargs: { days: 3 }, options: { queue: 'py' } },
    };
    const messages = await messagesOf(await run({}, { beatSchedule }), 'py');
    await waitUntil('messages', () => messages.length >= 1);
    expect(messages[0]?.headers).toMatchObject({
      task: 'proj.purge',
      kwargsrepr: "{'days': 3}",
      periodic_task_name: 'purge',
    });
  });

  it('sends the @Periodic of classes in forFeature, without making them', async () => {
    let made = 0;
    @Injectable()
    class FarTasks {
      constructor() {
        made += 1;
      }

      @Periodic(0.05)
      @SharedTask({ name: 'far', queue: 'far' })
      far(): void {}
    }
    const broker = `memory://run-beat-${hubs}`;
    @Module({
      imports: [CeleryModule.forRoot({ broker, beatScheduler: 'memory' }), CeleryModule.forFeature([FarTasks])],
    })
    class BeatOnly {}

    const running = await runBeat(BeatOnly, { argv: [], signals: false });
    stops.push(() => running.stop());
    const messages = await messagesOf(running.app.get<CeleryApp>(getCeleryAppToken(), { strict: false }), 'far');
    await waitUntil('messages', () => messages.length >= 1);
    expect(made).toBe(0);
  });

  it("prints Celery's banner, with the flags that it was given", async () => {
    await run({ argv: ['-l', 'info', '--max-interval', '7'] });
    expect(printed).toMatch(/celery beat .* is starting\..*broker -> memory:\/\/.*%INFO.*\(7s\)/s);
  });

  it('keeps the schedule where -S says, in the file of -s, whatever the settings say', async () => {
    const file = join(folder, 'schedule.json');
    const argv = ['-S', 'celery.beat:PersistentScheduler', '-s', file];
    const messages = await messagesOf(await run({ argv }), 'ticks');
    expect(printed).toContain(`scheduler -> file ${file}`);
    await waitUntil('messages', () => messages.length >= 1);
    expect(readFileSync(file, 'utf8')).toContain('"often"');
  });

  it('takes an adapter of schedules in its options', async () => {
    await run({ scheduler: memorySchedules('memory://run-beat-adapter') });
    expect(printed).toContain('memory://run-beat-adapter');
  });

  it('holds the file of --pidfile while it runs, and refuses to start where a process that lives has it', async () => {
    const pidfile = join(folder, 'beat.pid');
    const module = AppModule.with({ broker: 'memory://run-beat', beatScheduler: 'memory' });
    const running = await runBeat(module, { argv: ['--pidfile', pidfile], signals: false });
    expect(readFileSync(pidfile, 'utf8')).toBe(`${process.pid}\n`);
    await running.stop();
    expect(existsSync(pidfile)).toBe(false);
    writeFileSync(pidfile, `${process.ppid}\n`);
    await expect(run({ pidfile })).rejects.toThrow(`Seems we're already running? (pid: ${process.ppid})`);
    expect(readFileSync(pidfile, 'utf8')).toBe(`${process.ppid}\n`);
  });

  it('lets go of the pid file when it cannot boot', async () => {
    const pidfile = join(folder, 'beat.pid');
    await expect(run({ pidfile }, { beatScheduler: 'database' })).rejects.toThrow(ImproperlyConfigured);
    expect(existsSync(pidfile)).toBe(false);
  });

  it('sends what addPeriodicTask has added before it started, and takes no more', async () => {
    @Injectable()
    class Adding {
      constructor(private readonly celery: Celery) {}

      onModuleInit(): void {
        this.celery.addPeriodicTask(0.05, 'proj.added', { args: [7], options: { queue: 'added' } });
      }
    }
    @Module({
      imports: [AppModule.with({ broker: `memory://run-beat-${hubs}`, beatScheduler: 'memory' })],
      providers: [Adding],
    })
    class AddingModule {}

    const running = await runBeat(AddingModule, { argv: [], signals: false });
    stops.push(() => running.stop());
    const app = running.app.get<CeleryApp>(getCeleryAppToken(), { strict: false });
    const messages = await messagesOf(app, 'added');
    await waitUntil('messages', () => messages.length >= 1);
    expect(messages[0]?.headers).toMatchObject({ task: 'proj.added', periodic_task_name: 'proj.added(7)' });
    expect(() => app.addPeriodicTask(1, 'proj.late')).toThrow(/beat has started/);
  });

  it('runs the beat of a named app, in the very file that -s names', async () => {
    const file = join(folder, 'schedule.json');
    const broker = `memory://run-beat-${hubs}`;
    @Module({ imports: [CeleryModule.forRoot({ name: 'billing', broker })], providers: [AppTasks] })
    class BillingModule {}

    const running = await runBeat(BillingModule, { app: 'billing', argv: ['-S', 'file', '-s', file], signals: false });
    stops.push(() => running.stop());
    expect(printed).toContain(`scheduler -> file ${file}\n`);
    const app = running.app.get<CeleryApp>(getCeleryAppToken('billing'), { strict: false });
    const messages = await messagesOf(app, 'ticks');
    await waitUntil('messages', () => messages.length >= 1);
    expect(existsSync(file)).toBe(true);
  });

  it('is refused while another app of the process keeps its schedules in the same place', async () => {
    const schedules = memorySchedules('memory://run-beat-shared');
    const more: CeleryOptions = { beatScheduler: schedules };
    const broker = `memory://run-beat-${hubs}`;
    @Module({
      imports: [
        AppModule.with({ broker, ...more }),
        CeleryModule.forRoot({ name: 'billing', broker: 'memory://b', ...more }),
      ],
    })
    class TwoApps {}

    for (const app of ['default', 'billing']) {
      const running = runBeat(TwoApps, { app, argv: [], signals: false });
      stops.push(() => running.then((one) => one.stop()).catch(() => {}));
      await expect(running).rejects.toThrow(ImproperlyConfigured);
      await expect(running).rejects.toThrow(/'default'.*'billing'|'billing'.*'default'/);
    }
    const running = await runBeat(TwoApps, { scheduler: 'memory', argv: [], signals: false });
    stops.push(() => running.stop());
  });

  it('refuses an unknown flag, and an entry whose name is taken', async () => {
    await expect(run({ argv: ['-B'] })).rejects.toThrow(/Unknown option '-B'/);
    const beatSchedule = { often: { task: 'other', schedule: 1 } };
    await expect(run({}, { beatSchedule })).rejects.toThrow(ImproperlyConfigured);
    await expect(run({}, { beatSchedule })).rejects.toThrow(/Two beat entries are named 'often'/);
  });
});
