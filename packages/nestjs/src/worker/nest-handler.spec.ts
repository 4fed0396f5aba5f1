import { jest } from '@jest/globals';
import {
  BadRequestException,
  Catch,
  createParamDecorator,
  Inject,
  Injectable,
  Logger,
  ParseIntPipe,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type {
  ArgumentMetadata,
  ArgumentsHost,
  CallHandler,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  NestInterceptor,
  PipeTransform,
  Provider,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  DiscoveryModule,
  ExternalContextCreator,
} from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Ignore, ImproperlyConfigured, InvalidArguments, Reject, Retry, silentLogger } from '@nestjs-celery/core';
import type { TaskHandler } from '@nestjs-celery/core';
import { EmptyError, map, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { Kwarg, SharedTask } from '../index.js';
import { NestHandlerFactory } from './nest-handler.js';

/** The handlers of what the providers declare, by method. */
async function handlersOf(...providers: Provider[]): Promise<Record<string, TaskHandler>> {
  const moduleRef = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [TaskExplorer, NestHandlerFactory, ...providers],
  })
    // Nest logs what passes its filters.
    .setLogger(silentLogger)
    .compile();
  const tasks = moduleRef.get(TaskExplorer).explore('default');
  return Object.fromEntries(tasks.map((task) => [task.method, moduleRef.get(NestHandlerFactory).define(task).handler]));
}

const seen: string[] = [];
beforeEach(() => seen.splice(0));

@Injectable()
class Prefix {
  readonly text = 'hi ';
}

@Injectable()
class RoleGuard implements CanActivate {
  @Inject(Prefix) private readonly prefix!: Prefix;

  canActivate(context: ExecutionContext): boolean {
    const [values] = context.getArgs<[unknown[]]>();
    seen.push(
      `guard ${context.getType<string>()} ${context.getClass().name}.${context.getHandler().name} ${this.prefix.text}`,
    );
    return values[0] !== 'forbidden';
  }
}

@Injectable()
class Double implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    seen.push('before');
    return next.handle().pipe(map((value) => value + value));
  }
}

@Catch(BadRequestException)
class ToText implements ExceptionFilter {
  catch(error: BadRequestException, host: ArgumentsHost): string {
    return `${host.getType<string>()}: ${error.message}`;
  }
}

@Injectable()
class Note implements PipeTransform {
  transform(value: unknown, { type, data, metatype }: ArgumentMetadata): unknown {
    seen.push(`${type} ${data} ${metatype?.name}`);
    return value;
  }
}

const Tenant = createParamDecorator(
  (field: string, context: ExecutionContext) => `${field} of ${context.getType<string>()}`,
);

@Injectable()
class PlainTasks {
  private readonly sum = 100;

  @SharedTask()
  add(x: number, y: number): number {
    return this.sum + x + y;
  }

  @SharedTask()
  async later(): Promise<string> {
    return 'done';
  }

  @SharedTask()
  stream(): Observable<number> {
    return of(1, 2, 3);
  }

  @SharedTask()
  nothing(): Observable<number> {
    return of();
  }

  @SharedTask()
  fails(): never {
    throw new RangeError('no');
  }
}

@Injectable()
@UseGuards(RoleGuard)
class GuardedTasks {
  @SharedTask()
  @UseInterceptors(Double)
  greet(name: string): string {
    seen.push('greet');
    return `hi ${name} `;
  }

  @SharedTask()
  none(first = 'nobody'): string {
    return first;
  }

  @SharedTask()
  bare(): unknown {
    return arguments[0] ?? 'nothing';
  }

  @SharedTask()
  @UseFilters(ToText)
  filtered(message: string): string {
    throw message === 'bad' ? new BadRequestException(message) : new RangeError(message);
  }
}

@Injectable()
class PipedTasks {
  @SharedTask()
  count(@Kwarg('n', ParseIntPipe) n: number): number {
    return n + 1;
  }

  @SharedTask()
  @UsePipes(Note)
  noted(text: string, @Tenant('name') tenant: string, n: number): string {
    return `${text} ${tenant} ${n}`;
  }
}

describe('a handler without enhancers', () => {
  it('calls the method on its instance', async () => {
    const { add, later } = await handlersOf(PlainTasks);
    await expect(add?.([1, 2], {})).resolves.toBe(103);
    await expect(later?.([], {})).resolves.toBe('done');
  });

  it('awaits an Observable to its last value; one without a value fails', async () => {
    const { stream, nothing } = await handlersOf(PlainTasks);
    await expect(stream?.([], {})).resolves.toBe(3);
    await expect(nothing?.([], {})).rejects.toThrow(EmptyError);
  });

  it('rejects with what the method throws, or with a TypeError for arguments that do not fit', async () => {
    const { fails, add } = await handlersOf(PlainTasks);
    await expect(fails?.([], {})).rejects.toThrow(new RangeError('no'));
    await expect(add?.([1], { y: 2 })).rejects.toThrow(TypeError);
  });
});

describe('a handler with enhancers', () => {
  it('runs guard, interceptor and method in that order, in a context of type celery', async () => {
    const { greet } = await handlersOf(GuardedTasks, Prefix);
    await expect(greet?.(['Ann'], {})).resolves.toBe('hi Ann hi Ann ');
    expect(seen).toEqual(['guard celery GuardedTasks.greet hi ', 'before', 'greet']);
  });

  it('rejects what a guard refuses, before anything else ran', async () => {
    const { greet } = await handlersOf(GuardedTasks, Prefix);
    await expect(greet?.(['forbidden'], {})).rejects.toThrow('Forbidden resource');
    expect(seen).not.toContain('before');
  });

  it('takes what a filter returns as the result, and passes what no filter catches', async () => {
    const { filtered } = await handlersOf(GuardedTasks, Prefix);
    await expect(filtered?.(['bad'], {})).resolves.toBe('celery: bad');
    await expect(filtered?.(['other'], {})).rejects.toThrow(new RangeError('other'));
  });

  it('hands the method nothing but its arguments', async () => {
    const { none, bare } = await handlersOf(GuardedTasks, Prefix);
    await expect(bare?.([], {})).resolves.toBe('nothing');
    await expect(none?.([], {})).resolves.toBe('nobody');
    await expect(none?.(['Ann'], {})).resolves.toBe('Ann');
    await expect(none?.(['Ann', 2], {})).rejects.toThrow('takes from 0 to 1 positional arguments but 2 were given');
  });

  it('runs the pipes of a parameter on the value, however it was passed', async () => {
    const { count } = await handlersOf(PipedTasks);
    await expect(count?.(['41'], {})).resolves.toBe(42);
    await expect(count?.([], { n: '41' })).resolves.toBe(42);
    await expect(count?.(['x'], {})).rejects.toThrow(InvalidArguments);
  });

  it('runs the pipes of a method on every argument; the decorators of the application are custom ones', async () => {
    const { noted } = await handlersOf(PipedTasks);
    await expect(noted?.(['a', 5], {})).resolves.toBe('a name of celery 5');
    expect(seen.sort()).toEqual(['body #1 String', 'body #3 Number', 'custom name String']);
  });
});

describe('a filter that catches everything', () => {
  @Catch()
  class Swallow implements ExceptionFilter {
    catch(error: Error): string {
      seen.push(`caught ${error.message}`);
      return 'swallowed';
    }
  }
  const thrown = new Map<string, Error>();

  @Injectable()
  @UseFilters(Swallow)
  class Throwing {
    @SharedTask()
    throws(which: string): never {
      throw thrown.get(which) as Error;
    }
  }

  it.each([
    ['a retry', new Retry({} as never, undefined, 'again')],
    ['Ignore', new Ignore()],
    ['Reject', new Reject('no')],
  ])('does not see %s, nor does the log of Nest', async (which, error) => {
    thrown.set(which, error);
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const { throws } = await handlersOf(Throwing);
    await expect(throws?.([which], {})).rejects.toBe(error);
    expect(seen).toEqual([]);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });

  it('sees an error that only has such a code', async () => {
    thrown.set('other', Object.assign(new Error('busy'), { code: 'RETRY' }));
    const { throws } = await handlersOf(Throwing);
    await expect(throws?.(['other'], {})).resolves.toBe('swallowed');
    expect(seen).toEqual(['caught busy']);
  });
});

describe('a filter that takes no retry', () => {
  it('has none of them logged as an error', async () => {
    @Injectable()
    class Retrying {
      @SharedTask()
      @UseFilters(ToText)
      again(): never {
        throw new Retry({} as never, undefined, 'again');
      }
    }
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => {});
    const { again } = await handlersOf(Retrying);
    await expect(again?.([], {})).rejects.toMatchObject({ code: 'RETRY' });
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});

describe('global enhancers', () => {
  it('do not run for tasks', async () => {
    const refuse: CanActivate = { canActivate: () => false };
    const { greet, add } = await handlersOf(
      GuardedTasks,
      PlainTasks,
      Prefix,
      { provide: APP_GUARD, useValue: refuse },
      { provide: APP_INTERCEPTOR, useClass: Double },
      { provide: APP_PIPE, useClass: Note },
      { provide: APP_FILTER, useClass: ToText },
    );
    await expect(add?.([1, 2], {})).resolves.toBe(103);
    await expect(greet?.(['Ann'], {})).resolves.toBe('hi Ann hi Ann ');
    expect(seen.filter((line) => line === 'before')).toHaveLength(1);
  });
});

describe('an enhancer class on a provider that Nest does not scan', () => {
  it('is refused when the application starts, instead of being skipped in silence', async () => {
    const factory = { provide: 'tasks', useFactory: () => new GuardedTasks() };
    await expect(handlersOf(factory, Prefix)).rejects.toThrow(ImproperlyConfigured);
    await expect(handlersOf(factory, Prefix)).rejects.toThrow(/GuardedTasks\.greet.*RoleGuard would not run/);
  });
});

describe('a handler of other providers', () => {
  it('calls what a factory, a value or a class under another token gives', async () => {
    for (const provider of [
      { provide: 'tasks', useFactory: () => new PlainTasks() },
      { provide: 'tasks', useFactory: async () => new PlainTasks() },
      { provide: 'tasks', useValue: new PlainTasks() },
      { provide: 'tasks', useClass: PlainTasks },
    ]) {
      const { add } = await handlersOf(provider);
      await expect(add?.([1, 2], {})).resolves.toBe(103);
    }
  });

  it('runs the guards of a class under another token', async () => {
    const { greet } = await handlersOf({ provide: 'tasks', useClass: GuardedTasks }, Prefix);
    await expect(greet?.(['forbidden'], {})).rejects.toThrow('Forbidden resource');
  });

  it('finds a task once when its provider has an alias', async () => {
    const alias = { provide: 'alias', useExisting: PlainTasks };
    const providers = [TaskExplorer, PlainTasks, alias];
    const moduleRef = await Test.createTestingModule({ imports: [DiscoveryModule], providers }).compile();
    const tasks = moduleRef.get(TaskExplorer).explore('default');
    expect(tasks.map(({ method }) => method)).toEqual(['add', 'later', 'stream', 'nothing', 'fails']);
  });
});

let instances = 0;

@Injectable({ scope: Scope.REQUEST })
class ScopedTasks {
  private readonly instance = (instances += 1);

  @SharedTask()
  @UseGuards(RoleGuard)
  guarded(_name: string): number {
    return this.instance;
  }

  @SharedTask()
  plain(): number {
    return this.instance;
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedGuard implements CanActivate {
  private readonly instance = (instances += 1);

  canActivate(): boolean {
    seen.push(`guard ${this.instance}`);
    return true;
  }
}

@Injectable()
class TasksWithScopedGuard {
  @SharedTask()
  @UseGuards(ScopedGuard)
  work(): string {
    return 'done';
  }
}

describe('a handler with request scope', () => {
  beforeEach(() => (instances = 0));

  it('makes an instance for each run', async () => {
    const { plain, guarded } = await handlersOf(ScopedTasks, Prefix);
    expect([await plain?.([], {}), await plain?.([], {}), await guarded?.(['Ann'], {})]).toEqual([1, 2, 3]);
    await expect(guarded?.(['forbidden'], {})).rejects.toThrow('Forbidden resource');
  });

  it('makes a guard for each run of a provider that is none itself', async () => {
    const { work } = await handlersOf(TasksWithScopedGuard);
    await work?.([], {});
    await work?.([], {});
    expect(seen).toEqual(['guard 1', 'guard 2']);
  });

  it("makes Nest's maker of contexts once", async () => {
    const create = jest.spyOn(ExternalContextCreator.prototype, 'create');
    const { guarded } = await handlersOf(ScopedTasks, Prefix);
    await guarded?.(['Ann'], {});
    await guarded?.(['Bob'], {});
    expect(create.mock.contexts).toHaveLength(2);
    expect(create.mock.contexts[1]).toBe(create.mock.contexts[0]);
    create.mockRestore();
  });

  it('makes the product of a request-scoped factory for each run, when its token is the class', async () => {
    const useFactory = () => {
      instances += 1;
      return new PlainTasks();
    };
    const { add } = await handlersOf({ provide: PlainTasks, scope: Scope.REQUEST, useFactory });
    await expect(add?.([1, 2], {})).resolves.toBe(103);
    await expect(add?.([1, 2], {})).resolves.toBe(103);
    expect(instances).toBe(2);
  });

  it('makes a transient provider for each run', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientTasks {
      private readonly instance = (instances += 1);

      @SharedTask()
      which(): number {
        return this.instance;
      }
    }
    const { which } = await handlersOf(TransientTasks);
    expect(await which?.([], {})).not.toBe(await which?.([], {}));
  });
});
