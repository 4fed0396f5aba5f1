import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { jest } from '@jest/globals';
import { waitUntil } from '@nestjs-celery/core/testing';
import { Celery, CeleryModule, ImproperlyConfigured, OnTaskSignal, Periodic, SharedTask } from '../index.js';
import type { CeleryOptions } from '../index.js';
import { runWorker } from './index.js';
import type { RunningWorker, RunWorkerOptions } from './index.js';

const runs: string[] = [];

@Injectable()
class AppTasks {
  @SharedTask('add')
  add(x: number, y: number): number {
    return x + y;
  }

  @Periodic(0.05)
  tick(): void {
    runs.push('tick');
  }
}

@Module({ providers: [AppTasks] })
class AppModule {
  static with(options: CeleryOptions): DynamicModule {
    return { module: AppModule, imports: [CeleryModule.forRoot(options)] };
  }
}

let hubs = 0;
let running: RunningWorker[] = [];
let printed = '';

beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(async () => {
  await Promise.all(running.map((worker) => worker.stop()));
  running = [];
  jest.restoreAllMocks();
});

async function run(argv: string, options: RunWorkerOptions = {}, settings: CeleryOptions = {}): Promise<RunningWorker> {
  hubs += 1;
  const url = `memory://run-worker-${hubs}`;
  const module = AppModule.with({ broker: url, resultBackend: url, ...settings });
  const worker = await runWorker(module, { argv: argv.split(' ').filter(Boolean), signals: false, ...options });
  running.push(worker);
  return worker;
}

describe('runWorker', () => {
  it("prints Celery's banner and runs tasks", async () => {
    const { app, worker } = await run('-n w1@here');
    expect(worker.hostname).toBe('w1@here');
    expect(printed).toContain(worker.banner);
    expect(printed).toMatch(/\[tasks\]\s+\. AppTasks\.tick\s+\. add/);
    const result = await app.get(Celery).sendTask('add', [2, 3]);
    expect(await result.get({ timeout: 5 })).toBe(5);
  });

  it('lets the command line win over the options, and both over the settings', async () => {
    const settings = { workerConcurrency: 3, taskQueues: ['celery', 'mail'] };
    await run('', {}, settings);
    expect(printed).toMatch(/concurrency: 3 .*celery .*mail /s);
    printed = '';
    await run('', { concurrency: 4, queues: ['mail'] }, settings);
    expect(printed).toMatch(/concurrency: 4 /);
    expect(printed).not.toMatch(/\.> celery /);
    printed = '';
    await run('-c 5 -Q slow', { concurrency: 4, queues: ['mail'] }, settings);
    expect(printed).toMatch(/concurrency: 5 .*\.> slow /s);
  });

  it('prints nothing with -q', async () => {
    await run('-q');
    expect(printed).toBe('');
  });

  it('empties its queues with --purge', async () => {
    const first = await run('-q -Q other');
    const celery = first.app.get(Celery);
    const lost = await celery.sendTask('add', [2, 3]);
    const url = `memory://run-worker-${hubs}`;
    const module = AppModule.with({ broker: url, resultBackend: url });
    running.push(await runWorker(module, { argv: ['-q', '--purge'], signals: false }));
    const kept = await celery.sendTask('add', [4, 5]);
    expect(await kept.get({ timeout: 5 })).toBe(9);
    expect(await lost.state()).toBe('PENDING');
  });

  it('runs beat in the same process with -B', async () => {
    runs.length = 0;
    await run('-q -B --scheduler memory');
    await waitUntil('two runs', () => runs.length >= 2);
  });

  it('keeps the schedule of -B where --scheduler and -s say', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'run-worker-'));
    await run(`-q -B --scheduler file -s ${join(folder, 'beat.json')}`);
    await waitUntil('the file', () => existsSync(join(folder, 'beat.json')));
    await Promise.all(running.splice(0).map((worker) => worker.stop()));
    rmSync(folder, { recursive: true });
  });

  it('runs the beat of a named app with -B', async () => {
    runs.length = 0;
    const broker = `memory://run-worker-billing`;
    @Module({ imports: [CeleryModule.forRoot({ name: 'billing', broker })], providers: [AppTasks] })
    class BillingModule {}
    const argv = ['-q', '-B', '--scheduler', 'memory'];
    running.push(await runWorker(BillingModule, { app: 'billing', argv, signals: false }));
    await waitUntil('two runs', () => runs.length >= 2);
  });

  it('refuses with -B what is added once beat has read its entries, instead of losing it', async () => {
    const refused: unknown[] = [];
    @Injectable()
    class Late {
      constructor(private readonly celery: Celery) {}

      @OnTaskSignal('worker_init')
      @OnTaskSignal('worker_ready')
      add(): void {
        try {
          this.celery.addPeriodicTask(1, 'proj.late');
        } catch (error) {
          refused.push(error);
        }
      }
    }
    @Module({ imports: [CeleryModule.forRoot({ broker: 'memory://run-worker-late' })], providers: [Late] })
    class LateModule {}
    running.push(await runWorker(LateModule, { argv: ['-q', '-B', '--scheduler', 'memory'], signals: false }));
    expect(refused).toEqual([expect.any(ImproperlyConfigured), expect.any(ImproperlyConfigured)]);
  });

  it('does not run beat without -B', async () => {
    const { app } = await run('-q');
    const { BeatFactory } = await import('../beat/beat-factory.js');
    expect(() => app.get(BeatFactory, { strict: false })).toThrow();
  });

  it('says what is wrong with a flag before it boots anything', async () => {
    await expect(run('--concurency 3')).rejects.toThrow(ImproperlyConfigured);
    await expect(run('--concurency 3')).rejects.toThrow(/Unknown option '--concurency'/);
  });

  it('closes the application when the worker cannot be made', async () => {
    const events: string[] = [];
    @Module({ imports: [CeleryModule.forRoot({ broker: 'memory://run-worker-closed', workerPool: 'forks' })] })
    class ClosingModule {
      onApplicationShutdown(): void {
        events.push('closed');
      }
    }
    await expect(runWorker(ClosingModule, { argv: [], signals: false })).rejects.toThrow(/pool/);
    expect(events).toEqual(['closed']);
  });

  it('throws what keeps the application from booting', async () => {
    const booting = runWorker(AppModule, { argv: [], signals: false });
    await expect(booting).rejects.toThrow(/CeleryModule\.forRoot/);
  });
});
