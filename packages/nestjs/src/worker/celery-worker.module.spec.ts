import { Inject, Injectable, Module, Scope, UseGuards, UseInterceptors } from '@nestjs/common';
import type {
  CallHandler,
  CanActivate,
  ExecutionContext,
  INestApplicationContext,
  NestInterceptor,
  OnApplicationShutdown,
  OnModuleDestroy,
  Provider,
  Type,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { waitUntil } from '@nestjs-celery/core/testing';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';
import {
  AlreadyRegistered,
  Celery,
  CeleryModule,
  Ctx,
  getCeleryToken,
  ImproperlyConfigured,
  Kwarg,
  Kwargs,
  SharedTask,
} from '../index.js';
import type { CeleryOptions, Injected, TaskContext } from '../index.js';
import { CeleryWorkerModule } from './index.js';
import type { WorkerModuleOptions } from './index.js';

let apps: INestApplicationContext[] = [];
let hubs = 0;

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

function memory(): CeleryOptions {
  hubs += 1;
  return { broker: `memory://worker-${hubs}`, resultBackend: `memory://worker-${hubs}` };
}

interface Setup {
  providers: Provider[];
  options?: CeleryOptions;
  worker?: WorkerModuleOptions;
}

/** An application with client and worker in one process. */
async function start({ providers, options = memory(), worker = {} }: Setup): Promise<INestApplicationContext> {
  const imports = [CeleryModule.forRoot(options), CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL', ...worker })];
  const app = await Test.createTestingModule({ imports, providers }).compile();
  await app.init();
  apps.push(app);
  return app;
}

async function startTasks<T extends object>(host: Type<T>, ...others: Provider[]) {
  const app = await start({ providers: [host, ...others] });
  return app.get(Celery).tasks(host);
}

const wait = { timeout: 5 };

@Injectable()
class NotForbidden implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [values, task] = context.getArgs<[unknown[], TaskContext]>();
    return values[0] !== 'forbidden' && task.name.startsWith('GreetingTasks.');
  }
}

@Injectable()
class Shout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    return next.handle().pipe(map((text) => text.toUpperCase()));
  }
}

@Injectable()
class MathTasks {
  @SharedTask({ params: ['x', 'y'] })
  async add(x: number, y: number): Promise<number> {
    return x + y;
  }

  @SharedTask()
  whoAmI(@Ctx() ctx: Injected<TaskContext>): string[] {
    return [ctx.id, ctx.name];
  }

  @SharedTask()
  keywords(@Kwarg('to') to: string, @Kwargs() rest: Kwargs): unknown {
    return { to, rest };
  }

  @SharedTask()
  fails(): void {
    throw new RangeError('out of range');
  }
}

@Injectable()
class GreetingTasks {
  @SharedTask()
  @UseGuards(NotForbidden)
  @UseInterceptors(Shout)
  greet(name: string): string {
    return `hello ${name}`;
  }
}

describe('a worker inside an application', () => {
  it('takes a class that two modules provide for one', async () => {
    @Injectable()
    class MathTasks {
      @SharedTask('math.double')
      double(x: number): number {
        return 2 * x;
      }
    }
    @Module({ providers: [MathTasks] })
    class OtherModule {}

    const imports = [CeleryModule.forRoot(memory()), CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }), OtherModule];
    const app = await Test.createTestingModule({ imports, providers: [MathTasks] }).compile();
    await app.init();
    apps.push(app);
    const result = await app.get(Celery).sendTask<number>('math.double', [21]);
    expect(await result.get({ timeout: 5 })).toBe(42);
  });

  it('runs a task and gives its result back', async () => {
    const tasks = await startTasks(MathTasks);
    const result = await tasks.add.delay(2, 3);
    expect(await result.get(wait)).toBe(5);
    expect(await result.state()).toBe('SUCCESS');
  });

  it('binds keywords, and fails with a TypeError where they do not fit', async () => {
    const app = await start({ providers: [MathTasks] });
    const celery = app.get(Celery);
    const tasks = celery.tasks(MathTasks);
    const sum = await tasks.add.applyAsync([2], { kwargs: { y: 3 } });
    expect(await sum.get(wait)).toBe(5);
    const kwargs = { to: 'a@b.c', subject: 'hi', __type__: 'x' };
    const bound = await tasks.keywords.applyAsync([], { kwargs });
    expect(await bound.get(wait)).toEqual({ to: 'a@b.c', rest: { subject: 'hi', __type__: 'x' } });
    const unknown = await celery.sendTask('MathTasks.add', [2], { kwargs: { z: 3 } });
    await expect(unknown.get(wait)).rejects.toThrow("MathTasks.add() got an unexpected keyword argument 'z'");
    await expect(unknown.get(wait)).rejects.toBeInstanceOf(TypeError);
  });

  it('injects the running task', async () => {
    const tasks = await startTasks(MathTasks);
    const result = await tasks.whoAmI.delay();
    expect(await result.get(wait)).toEqual([result.id, 'MathTasks.whoAmI']);
  });

  it('stores what a task throws as FAILURE', async () => {
    const tasks = await startTasks(MathTasks);
    const result = await tasks.fails.delay();
    await expect(result.get(wait)).rejects.toThrow('out of range');
    expect(await result.state()).toBe('FAILURE');
  });

  it('runs guards and interceptors; what a guard refuses is a FAILURE', async () => {
    const tasks = await startTasks(GreetingTasks);
    expect(await (await tasks.greet.delay('ann')).get(wait)).toBe('HELLO ANN');
    const refused = await tasks.greet.delay('forbidden');
    await expect(refused.get(wait)).rejects.toThrow('Forbidden resource');
    expect(await refused.state()).toBe('FAILURE');
  });

  it('makes request-scoped providers for each task, and injects the running task as REQUEST', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class ScopedTasks {
      constructor(@Inject(REQUEST) private readonly task: TaskContext) {}

      @SharedTask()
      taskId(): string {
        return this.task.id;
      }
    }
    const tasks = await startTasks(ScopedTasks);
    const results = await Promise.all([tasks.taskId.delay(), tasks.taskId.delay()]);
    expect(await Promise.all(results.map((result) => result.get(wait)))).toEqual(results.map(({ id }) => id));
  });

  it('runs a task of any name, sent by name', async () => {
    @Injectable()
    class OddTasks {
      @SharedTask('Größe ✓ / __proto__ . x')
      odd(value: unknown): unknown {
        return value;
      }
    }
    const celery = (await start({ providers: [OddTasks] })).get(Celery);
    const result = await celery.sendTask<string>('Größe ✓ / __proto__ . x', ['value']);
    expect(await result.get(wait)).toBe('value');
    expect(await celery.asyncResult(result.id).get(wait)).toBe('value');
  });

  it('runs the tasks of its app only', async () => {
    @Injectable()
    class BoundTasks {
      @SharedTask({ name: 'shared' })
      shared(): string {
        return 'both apps';
      }

      @SharedTask({ name: 'charge', app: 'billing' })
      charge(): string {
        return 'billing only';
      }
    }
    const billing = memory();
    const imports = [
      CeleryModule.forRoot(memory()),
      CeleryModule.forRoot({ ...billing, name: 'billing' }),
      CeleryWorkerModule.forRoot({ app: 'billing', loglevel: 'CRITICAL' }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ];
    const app = await Test.createTestingModule({ imports, providers: [BoundTasks] }).compile();
    await app.init();
    apps.push(app);
    const [main, other] = [app.get(Celery), app.get<Celery>(getCeleryToken('billing'))];
    expect(await (await main.sendTask('shared')).get(wait)).toBe('both apps');
    expect(await (await other.sendTask('charge')).get(wait)).toBe('billing only');
    await expect((await main.sendTask('charge')).get(wait)).rejects.toThrow(/charge/);
  });

  it('refuses to start with two tasks of one name, and names both', async () => {
    @Injectable()
    class OtherTasks {
      @SharedTask('MathTasks.add')
      sum(): void {}
    }
    const starting = start({ providers: [MathTasks, OtherTasks] });
    await expect(starting).rejects.toThrow(AlreadyRegistered);
    await expect(starting).rejects.toThrow(/'MathTasks\.add': MathTasks\.add \(\w+\) and OtherTasks\.sum \(\w+\)/);
  });

  it('refuses to start for an app that is not configured', async () => {
    const starting = start({ providers: [], worker: { app: 'billing' } });
    await expect(starting).rejects.toThrow(ImproperlyConfigured);
    await expect(starting).rejects.toThrow(/no Celery app 'billing'/);
  });

  it('drains before anything that tasks use is closed', async () => {
    const events: string[] = [];
    let finish: () => void = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));

    @Injectable()
    class Database implements OnModuleDestroy, OnApplicationShutdown {
      onModuleDestroy(): void {
        events.push('closing');
      }

      onApplicationShutdown(): void {
        events.push('database closed');
      }
    }

    @Injectable()
    class SlowTasks {
      @SharedTask()
      async slow(): Promise<void> {
        events.push('started');
        await finished;
        events.push('finished');
      }
    }
    const app = await start({ providers: [Database, SlowTasks] });
    await app.get(Celery).tasks(SlowTasks).slow.delay();
    await waitUntil('started', () => events.includes('started'));
    const closing = app.close();
    await waitUntil('closing', () => events.includes('closing'));
    finish();
    await closing;
    expect(events).toEqual(['started', 'closing', 'finished', 'database closed']);
  });
});
