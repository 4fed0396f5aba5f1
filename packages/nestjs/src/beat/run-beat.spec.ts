import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { silentLogger } from '@nestjs-celery/core';
import type { CeleryApp, ReceivedMessage } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { CeleryModule, crontab, getCeleryAppToken, ImproperlyConfigured, Periodic, SharedTask } from '../index.js';
import type { CeleryOptions } from '../index.js';
import { CeleryBeatModule, runBeat } from './index.js';
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

beforeEach(() => {
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
  jest.restoreAllMocks();
});

async function run(options: RunBeatOptions = {}, settings: CeleryOptions = {}) {
  const module = AppModule.with({ broker: `memory://run-beat-${hubs}`, ...settings });
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
    @Module({ imports: [CeleryModule.forRoot({ broker }), CeleryModule.forFeature([FarTasks])] })
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

  it('refuses an unknown flag, and an entry whose name is taken', async () => {
    await expect(run({ argv: ['-B'] })).rejects.toThrow(/Unknown option '-B'/);
    const beatSchedule = { often: { task: 'other', schedule: 1 } };
    await expect(run({}, { beatSchedule })).rejects.toThrow(ImproperlyConfigured);
    await expect(run({}, { beatSchedule })).rejects.toThrow(/Two beat entries are named 'often'/);
  });
});

describe('CeleryBeatModule', () => {
  it('runs beat with the application, and stops it before the broker is closed', async () => {
    const app = await Test.createTestingModule({
      imports: [AppModule.with({ broker: `memory://run-beat-${hubs}` }), CeleryBeatModule.forRoot()],
    })
      .setLogger(silentLogger)
      .compile();
    await app.init();
    const messages = await messagesOf(app.get<CeleryApp>(getCeleryAppToken(), { strict: false }), 'ticks');
    await waitUntil('messages', () => messages.length >= 1);
    await app.close();
  });
});
