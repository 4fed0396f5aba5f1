import { Controller, Injectable, Scope } from '@nestjs/common';
import type { INestApplicationContext, Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import { firstValueFrom } from 'rxjs';
import { CeleryBeatModule } from './beat/index.js';
import { Celery, CeleryModule, getCeleryToken, ImproperlyConfigured, OnTaskSignal, SharedTask } from './index.js';
import type { SignalPayload, SignalReceiver } from './index.js';
import { CeleryWorkerModule } from './worker/index.js';

const apps: INestApplicationContext[] = [];
const seen: string[] = [];
let hubs = 0;

beforeEach(() => seen.splice(0));
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

async function start(imports: object[], ...providers: Provider[]): Promise<INestApplicationContext> {
  const app = await Test.createTestingModule({ imports: imports as never[], providers })
    .setLogger(silentLogger)
    .compile();
  apps.push(app);
  await app.init();
  return app;
}

function client(name?: string) {
  hubs += 1;
  const url = `memory://signals-${hubs}`;
  const settings = { broker: url, resultBackend: url, beatScheduler: 'memory' };
  return CeleryModule.forRoot({ ...settings, ...(name === undefined ? {} : { name }) });
}

const worker = () => CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' });
const told = (what: string) => waitUntil(`${what} was told`, () => seen.includes(what));

@Injectable()
class Tasks {
  @SharedTask('signals.ok')
  ok(): number {
    return 7;
  }

  @SharedTask('signals.bad')
  bad(): never {
    throw new RangeError('no');
  }
}

@Injectable()
class Audit {
  private readonly mark = 'audit';

  @OnTaskSignal('task_failure')
  failed({ sender, exception, task }: SignalPayload<'task_failure'>): void {
    seen.push(`${this.mark}: ${sender} ${String(exception)} ${task.args.length}`);
  }

  @OnTaskSignal('task_success', { sender: 'signals.ok' })
  @OnTaskSignal('task_success', { sender: 'signals.other' })
  @OnTaskSignal('task_postrun', { sender: 'signals.bad' })
  ended({ sender }: { sender: string }): void {
    seen.push(`ended ${sender}`);
  }

  @OnTaskSignal('before_task_publish')
  stamp({ headers }: SignalPayload<'before_task_publish'>): void {
    headers['tenant'] = 'acme';
  }

  @OnTaskSignal('worker_ready')
  ready(): void {
    seen.push('ready');
  }

  @OnTaskSignal('worker_shutdown')
  gone(): void {
    seen.push('gone');
  }
}

/** What the compiler refuses; never called. */
export function mistakes(
  failure: TypedPropertyDescriptor<SignalReceiver<'task_failure'>>,
  anything: TypedPropertyDescriptor<() => void>,
): void {
  OnTaskSignal('task_failure')({}, 'x', failure);
  OnTaskSignal('task_retry')({}, 'x', anything);
  // @ts-expect-error a retry has no exception but a reason
  OnTaskSignal('task_retry')({}, 'x', failure);
  // @ts-expect-error there is no such signal
  OnTaskSignal('task_faliure')({}, 'x', anything);
}

describe('@OnTaskSignal', () => {
  it('calls the method of the one instance, for every sender or for one', async () => {
    const app = await start([client(), worker()], Tasks, Audit);
    const celery = app.get(Celery);
    await celery.tasks(Tasks).bad.delay();
    await celery.tasks(Tasks).ok.delay();
    await told('ended signals.ok');
    await told('ended signals.bad');
    expect(seen.filter((line) => line !== 'ready').sort()).toEqual([
      'audit: signals.bad RangeError: no 0',
      'ended signals.bad',
      'ended signals.ok',
    ]);
  });

  it('hears from the worker from its start to its end', async () => {
    const app = await start([client(), worker()], Audit);
    expect(seen).toEqual(['ready']);
    await app.close();
    expect(seen).toEqual(['ready', 'gone']);
  });

  it('works where tasks are only sent', async () => {
    const app = await start([client()], Audit);
    const sent = firstValueFrom(app.get(Celery).signal$('after_task_publish'));
    await app.get(Celery).sendTask('proj.add', [1, 2]);
    expect(await sent).toMatchObject({ sender: 'proj.add', routingKey: 'celery', headers: { tenant: 'acme' } });
  });

  it('works in beat', async () => {
    @Injectable()
    class Listener {
      @OnTaskSignal('beat_init')
      begins({ sender }: SignalPayload<'beat_init'>): void {
        seen.push(sender);
      }

      @OnTaskSignal('beat_embedded_init')
      embedded(): void {
        seen.push('embedded');
      }
    }
    await start([client(), CeleryBeatModule.forRoot()], Listener);
    expect(seen).toEqual(['beat']);
  });

  it('keeps to one app where it names one', async () => {
    @Injectable()
    class Listener {
      @OnTaskSignal('after_task_publish', { app: 'other' })
      other({ sender }: SignalPayload<'after_task_publish'>): void {
        seen.push(`other ${sender}`);
      }

      @OnTaskSignal('after_task_publish')
      all({ sender }: SignalPayload<'after_task_publish'>): void {
        seen.push(`all ${sender}`);
      }
    }
    const app = await start([client(), client('other')], Listener);
    await app.get(Celery).sendTask('a');
    await app.get<Celery>(getCeleryToken('other')).sendTask('b');
    expect(seen.sort()).toEqual(['all a', 'all b', 'other b']);
  });

  it('works on a controller', async () => {
    @Controller()
    class Console {
      @OnTaskSignal('after_task_publish')
      sent({ sender }: SignalPayload<'after_task_publish'>): void {
        seen.push(sender);
      }
    }
    const moduleRef = await Test.createTestingModule({ imports: [client()], controllers: [Console] }).compile();
    apps.push(moduleRef);
    await moduleRef.init();
    await moduleRef.get(Celery).sendTask('a');
    expect(seen).toEqual(['a']);
  });

  it('is refused on a provider that has no instance of its own', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @OnTaskSignal('task_failure')
      failed(): void {}
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      @OnTaskSignal('task_failure')
      failed(): void {}
    }
    await expect(start([client()], PerRequest)).rejects.toThrow(ImproperlyConfigured);
    await expect(start([client()], Transient)).rejects.toThrow(
      "@OnTaskSignal('task_failure') on Transient.failed: it is request-scoped or transient",
    );
  });
});

describe('celery.signals', () => {
  it('connects until it is told to stop, as an Observable does until it is unsubscribed from', async () => {
    const app = await start([client()]);
    const celery = app.get(Celery);
    const disconnect = celery.signals.connect('after_task_publish', ({ sender }) => seen.push(`receiver ${sender}`));
    const subscription = celery
      .signal$('after_task_publish', { sender: 'b' })
      .subscribe(({ sender }) => seen.push(`subscriber ${sender}`));
    await celery.sendTask('a');
    await celery.sendTask('b');
    disconnect();
    await celery.sendTask('b');
    subscription.unsubscribe();
    await celery.sendTask('b');
    expect(seen).toEqual(['receiver a', 'receiver b', 'subscriber b', 'subscriber b']);
    expect(celery.signals.has('after_task_publish')).toBe(false);
  });
});
