import { Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import type { CanActivate, Provider } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  Celery,
  CeleryModule,
  Ctx,
  EagerResult,
  getBrokerToken,
  InjectTasks,
  NotRegistered,
  SharedTask,
} from './index.js';
import type { Broker, CeleryOptions, Injected, TaskContext, Tasks } from './index.js';

@Injectable()
class Ledger {
  readonly lines: string[] = [];
}

@Injectable()
class OnlyPositive implements CanActivate {
  canActivate(context: { getArgs(): [[number], TaskContext] }): boolean {
    return context.getArgs()[0][0] > 0;
  }
}

@Injectable()
class MathTasks {
  constructor(
    private readonly ledger: Ledger,
    @InjectTasks(MathTasks) private readonly tasks: Tasks<MathTasks>,
  ) {}

  @SharedTask('math.add')
  async add(x: number, y: number): Promise<number> {
    this.ledger.lines.push(`${x} + ${y}`);
    return x + y;
  }

  @SharedTask('math.twice')
  async twice(x: number, @Ctx() ctx: Injected<TaskContext>): Promise<boolean> {
    await this.tasks.add.delay(x, x);
    return ctx.isEager;
  }

  @UseGuards(OnlyPositive)
  @SharedTask('math.root')
  root(x: number): number {
    return Math.sqrt(x);
  }
}

@Injectable({ scope: Scope.REQUEST })
class ScopedTasks {
  constructor(@Inject(REQUEST) private readonly task: TaskContext) {}

  @SharedTask('scoped.name')
  name(): string {
    return this.task.name;
  }
}

let moduleRef: TestingModule | undefined;
afterEach(() => moduleRef?.close());

async function boot(
  options: CeleryOptions = {},
  providers: Provider[] = [Ledger, OnlyPositive, MathTasks, ScopedTasks],
) {
  moduleRef = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: 'memory://eager', ...options }),
      CeleryModule.forFeature([MathTasks, ScopedTasks]),
    ],
    providers,
  }).compile();
  const celery = moduleRef.get(Celery);
  return { moduleRef, celery, tasks: celery.tasks(MathTasks), broker: moduleRef.get<Broker>(getBrokerToken()) };
}

describe('apply', () => {
  it('runs the method of the provider, and connects to nothing', async () => {
    const { tasks, broker, moduleRef } = await boot();
    const result = await tasks.add.apply([2, 3]);
    const value: number = await result.get();
    expect(value).toBe(5);
    expect(result).toBeInstanceOf(EagerResult);
    expect(moduleRef.get(Ledger).lines).toEqual(['2 + 3']);
    expect(broker.status.state).toBe('idle');
  });

  it('is typed as the method is', async () => {
    const { tasks } = await boot();
    // @ts-expect-error a number is wanted
    await tasks.add.apply(['2', 3], {});
    // @ts-expect-error there is no such option
    await expect(tasks.add.apply([2, 3], { trow: true })).rejects.toThrow("unknown option 'trow'");
  });

  it('runs guards and makes request-scoped providers, as a worker does', async () => {
    const { tasks, celery } = await boot();
    expect(await (await tasks.root.apply([9])).get()).toBe(3);
    await expect(tasks.root.apply([-9], { throw: true })).rejects.toThrow('Forbidden');
    expect(await (await celery.apply('scoped.name')).get()).toBe('scoped.name');
  });

  it('says that the class is no provider here where tasks are only sent', async () => {
    const { tasks } = await boot({}, []);
    const applied = tasks.add.apply([2, 3]);
    await expect(applied).rejects.toThrow(NotRegistered);
    await expect(applied).rejects.toThrow("'math.add' cannot run eagerly");
  });

  it('can be called by many at once, the first of whom loads the worker', async () => {
    const { tasks } = await boot();
    const results = await Promise.all([1, 2, 3].map((x) => tasks.add.apply([x, x])));
    expect(await Promise.all(results.map((result) => result.get()))).toEqual([2, 4, 6]);
  });
});

describe('taskAlwaysEager', () => {
  it('runs what delay() would send, and what that sends', async () => {
    const { tasks, moduleRef, broker } = await boot({ taskAlwaysEager: true });
    const result = await tasks.twice.delay(4);
    expect(await result.get()).toBe(true);
    expect(moduleRef.get(Ledger).lines).toEqual(['4 + 4']);
    expect(broker.status.state).toBe('idle');
  });

  it('throws the error of the task from delay() with taskEagerPropagates', async () => {
    const { tasks } = await boot({ taskAlwaysEager: true, taskEagerPropagates: true });
    await expect(tasks.root.delay(-1)).rejects.toThrow('Forbidden');
  });
});
