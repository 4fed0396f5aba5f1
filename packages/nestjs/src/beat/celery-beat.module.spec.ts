import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { CeleryModule, getCeleryAppToken, Periodic, SharedTask } from '../index.js';
import type { CeleryOptions } from '../index.js';
import { CeleryTestingModule } from '../testing/index.js';
import { CeleryBeatModule, getBeatToken } from './index.js';
import type { AppBeat } from './index.js';

@Injectable()
class AppTasks {
  @Periodic(0.05, { name: 'often' })
  @SharedTask({ name: 'tick', queue: 'ticks' })
  tick(): void {}
}

let hubs = 0;

async function boot(imports: NonNullable<Parameters<typeof Module>[0]['imports']>) {
  const moduleRef = await Test.createTestingModule({ imports, providers: [AppTasks] })
    .setLogger(silentLogger)
    .compile();
  await moduleRef.init();
  return moduleRef;
}

const celery = (options: CeleryOptions & { name?: string } = {}) =>
  CeleryModule.forRoot({ broker: `memory://celery-beat-module-${++hubs}`, beatScheduler: 'memory', ...options });

describe('CeleryBeatModule', () => {
  it('runs beat with the application, and lets it finish what it sends before the broker is closed', async () => {
    const moduleRef = await boot([celery(), CeleryBeatModule.forRoot()]);
    const { broker, queues } = moduleRef.get<CeleryApp>(getCeleryAppToken(), { strict: false });
    const beat = moduleRef.get<AppBeat>(getBeatToken(), { strict: false });
    await broker.declare(queues.get('ticks').topology);
    const events: string[] = [];
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const publish = broker.publish.bind(broker);
    broker.publish = async (...message) => {
      events.push('publishing');
      await gate;
      await publish(...message);
      events.push('published');
    };
    const close = broker.close.bind(broker);
    broker.close = () => (events.push('broker closed'), close());
    await waitUntil('a run under way', () => events.length > 0);
    const closing = moduleRef.close();
    await waitUntil('the stop', () => beat.health.state === 'stopped');
    expect(events).not.toContain('broker closed');
    goOn();
    await closing;
    expect(events.filter((event) => event === 'published')).toHaveLength(
      events.filter((event) => event === 'publishing').length,
    );
    expect(events.at(-1)).toBe('broker closed');
  });

  it('says how its beat is, to a health check that injects it', async () => {
    @Injectable()
    class Health {
      constructor(readonly beat: AppBeat) {}
    }
    const health = { provide: Health, useFactory: (beat: AppBeat) => new Health(beat), inject: [getBeatToken()] };
    @Module({ imports: [CeleryBeatModule.forRoot()], providers: [health] })
    class HealthModule {}

    const moduleRef = await boot([celery(), HealthModule]);
    const { beat } = moduleRef.get(Health, { strict: false });
    await waitUntil('a tick', () => beat.health.lastTick !== undefined);
    expect(beat.health).toMatchObject({ state: 'leading', entries: 1 });
    await moduleRef.close();
    expect(beat.health.state).toBe('stopped');
  });

  it('runs the beat of each named app, with options that may come later', async () => {
    const later = CeleryBeatModule.forRootAsync({ app: 'billing', useFactory: () => ({ maxInterval: 1 }) });
    const moduleRef = await boot([
      celery(),
      celery({ name: 'billing' }),
      celery({ name: 'mail' }),
      CeleryBeatModule.forRoot({ app: 'mail', maxInterval: 1 }),
      later,
    ]);
    const stateOf = (app?: string) => moduleRef.get<AppBeat>(getBeatToken(app), { strict: false }).health.state;
    expect([stateOf('billing'), stateOf('mail')]).toEqual(['leading', 'leading']);
    expect(() => stateOf()).toThrow(/nestjs-celery:beat:default/);
    await moduleRef.close();
  });

  it('is not run in a test that stands in for it', async () => {
    const moduleRef = await boot([celery(), CeleryBeatModule.forRoot(), CeleryTestingModule]);
    const beat = moduleRef.get<AppBeat>(getBeatToken(), { strict: false });
    expect(beat.health).toEqual({ state: 'stopped', entries: 0, lastTick: undefined, nextTick: undefined });
    await moduleRef.close();
  });
});
