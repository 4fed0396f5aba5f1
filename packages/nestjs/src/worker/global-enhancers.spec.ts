import { Catch, Controller, Get, Inject, Injectable, Scope, UseGuards, UseInterceptors } from '@nestjs/common';
import type {
  CallHandler,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  INestApplication,
  NestInterceptor,
  PipeTransform,
  Provider,
  Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import type { Observable } from 'rxjs';
import { Celery, CeleryModule, SharedTask } from '../index.js';
import type { TaskContext } from '../index.js';
import { CeleryWorkerModule } from './index.js';

const apps: INestApplication[] = [];
const seen: string[] = [];
let hubs = 0;

beforeEach(() => seen.splice(0));
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

@Injectable()
class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push(`guard ${context.getType<string>()}`);
    return context.getArgs<[unknown[]]>()[0][0] !== 'stranger';
  }
}

@Injectable()
class Interceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen.push('interceptor');
    return next.handle();
  }
}

class Pipe implements PipeTransform {
  transform(value: unknown): unknown {
    seen.push(`pipe ${String(value)}`);
    return value;
  }
}

@Catch(RangeError)
class Filter implements ExceptionFilter {
  catch(error: RangeError): string {
    return `filtered ${error.message}`;
  }
}

class OwnGuard extends Guard {
  override canActivate(): boolean {
    seen.push('own guard');
    return true;
  }
}

class OwnInterceptor extends Interceptor {}

@Injectable()
@UseGuards(OwnGuard)
class OwnTasks {
  @SharedTask('own.work')
  @UseInterceptors(OwnInterceptor)
  work(who: string): string {
    seen.push('work');
    return who;
  }
}

@Injectable()
class PlainTasks {
  @SharedTask('plain.work')
  work(who: string): string {
    if (who === 'range') throw new RangeError(who);
    return who;
  }
}

@Controller()
class Pages {
  @Get()
  read(): string {
    return 'page';
  }
}

const GLOBAL: Provider[] = [
  { provide: APP_GUARD, useClass: Guard },
  { provide: APP_INTERCEPTOR, useClass: Interceptor },
  { provide: APP_PIPE, useClass: Pipe },
  { provide: APP_FILTER, useClass: Filter },
];

interface Setup {
  apply?: boolean;
  providers?: Provider[];
  before?(app: INestApplication): void;
}

async function start({ apply, providers = GLOBAL, before }: Setup): Promise<Celery> {
  const url = `memory://globals-${++hubs}`;
  const extras = apply === undefined ? {} : { applyGlobalEnhancers: apply };
  const module = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: url, resultBackend: url, ...extras }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ],
    controllers: [Pages],
    providers: [OwnTasks, PlainTasks, ...providers],
  })
    .setLogger(silentLogger)
    .compile();
  const app = module.createNestApplication();
  apps.push(app);
  before?.(app);
  await app.init();
  return app.get(Celery);
}

async function run(celery: Celery, host: Type<OwnTasks> | Type<PlainTasks>, who: string): Promise<unknown> {
  const result = await celery.tasks(host as Type<PlainTasks>).work.delay(who);
  return result.get({ timeout: 5, propagate: false });
}

describe('without applyGlobalEnhancers', () => {
  it('class and method enhancers run for a task, global ones do not', async () => {
    const celery = await start({});
    expect(await run(celery, OwnTasks, 'stranger')).toBe('stranger');
    expect(seen).toEqual(['own guard', 'interceptor', 'work']);
    expect(await run(celery, PlainTasks, 'range')).toBeInstanceOf(RangeError);
    expect(seen).toHaveLength(3);
  });

  it('global ones run for requests as ever', async () => {
    await start({});
    await apps[0]?.listen(0, '127.0.0.1');
    const response = await fetch((await apps[0]?.getUrl()) ?? '');
    expect(await response.text()).toBe('page');
    expect(seen).toEqual(['guard http', 'interceptor']);
  });
});

describe('with applyGlobalEnhancers', () => {
  it('global ones run before those of class and method', async () => {
    const celery = await start({ apply: true });
    expect(await run(celery, OwnTasks, 'ann')).toBe('ann');
    expect(seen).toEqual(['guard celery', 'own guard', 'interceptor', 'interceptor', 'pipe ann', 'work']);
  });

  it('they run for tasks that have none of their own: a guard refuses, a filter answers', async () => {
    const celery = await start({ apply: true });
    expect(await run(celery, PlainTasks, 'stranger')).toMatchObject({ message: 'Forbidden resource' });
    expect(await run(celery, PlainTasks, 'range')).toBe('filtered range');
  });

  it('those of useGlobalPipes() and its like run, too, when they are set before the application starts', async () => {
    const celery = await start({ apply: true, providers: [], before: (app) => app.useGlobalPipes(new Pipe()) });
    expect(await run(celery, PlainTasks, 'ann')).toBe('ann');
    expect(seen).toEqual(['pipe ann']);
  });

  it('changes nothing where there are none', async () => {
    const celery = await start({ apply: true, providers: [] });
    expect(await run(celery, PlainTasks, 'ann')).toBe('ann');
  });

  it('one with request scope is made for each run, with the task as its request', async () => {
    let guards = 0;
    @Injectable({ scope: Scope.REQUEST })
    class PerRun implements CanActivate {
      private readonly number = (guards += 1);
      @Inject(REQUEST) private readonly task!: TaskContext;

      canActivate(): boolean {
        seen.push(`guard ${this.number} of ${this.task.name}`);
        return this.task.args[0] !== 'stranger';
      }
    }
    const celery = await start({ apply: true, providers: [{ provide: APP_GUARD, useClass: PerRun }] });
    expect(await run(celery, PlainTasks, 'ann')).toBe('ann');
    expect(await run(celery, PlainTasks, 'stranger')).toMatchObject({ message: 'Forbidden resource' });
    expect(seen).toEqual(['guard 1 of plain.work', 'guard 2 of plain.work']);
  });

  it('refuses one that would be skipped in silence', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Fleeting extends Guard {}
    const started = start({ apply: true, providers: [{ provide: APP_GUARD, useClass: Fleeting }] });
    await expect(started).rejects.toThrow(/the global enhancer Fleeting is transient and would not run/);
  });
});
