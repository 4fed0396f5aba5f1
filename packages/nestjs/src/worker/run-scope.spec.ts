import { createParamDecorator, Inject, Injectable, Scope, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext, INestApplicationContext, Provider } from '@nestjs/common';
import { ContextIdFactory, REQUEST } from '@nestjs/core';
import type { ContextId, ContextIdStrategy, HostComponentInfo } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import { AfterReturn, Celery, CeleryModule, Ctx, currentTask, SharedTask } from '../index.js';
import type { Injected, TaskContext } from '../index.js';
import { CeleryWorkerModule } from './index.js';

const apps: INestApplicationContext[] = [];
let hubs = 0;

afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

async function start(...providers: Provider[]): Promise<Celery> {
  const url = `memory://scopes-${++hubs}`;
  const app = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: url, resultBackend: url }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ],
    providers,
  })
    .setLogger(silentLogger)
    .compile();
  apps.push(app);
  await app.init();
  return app.get(Celery);
}

const wait = { timeout: 5 };

describe('a provider with request scope', () => {
  it('has the running task as its REQUEST, the same that @Ctx and currentTask() give', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tasks {
      constructor(@Inject(REQUEST) private readonly request: TaskContext) {}

      @SharedTask()
      same(@Ctx() task: Injected<TaskContext>): boolean {
        return this.request === task && task === currentTask();
      }
    }
    const { same } = (await start(Tasks)).tasks(Tasks);
    expect(await (await same.delay()).get(wait)).toBe(true);
  });
});

/** One subtree for each tenant, which a task names in its first argument: as Nest's documentation has it for HTTP. */
class ByTenant implements ContextIdStrategy {
  readonly #tenants = new Map<string, ContextId>();

  attach(contextId: ContextId, request: unknown) {
    const tenant = String((request as Partial<TaskContext>).args?.[0]);
    const subtree = this.#tenants.get(tenant) ?? ContextIdFactory.create();
    this.#tenants.set(tenant, subtree);
    const resolve = ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? subtree : contextId);
    return { resolve, payload: { tenant } };
  }
}

let connections = 0;

@Injectable({ scope: Scope.REQUEST, durable: true })
class TenantConnection {
  readonly number = (connections += 1);

  constructor(@Inject(REQUEST) readonly request: { tenant: string }) {}
}

describe('a durable provider', () => {
  // there is no way to ask for the strategy that was there before
  beforeAll(() => ContextIdFactory.apply(new ByTenant()));
  beforeEach(() => (connections = 0));

  it('is made once for what the strategy makes one of, and has its payload as REQUEST', async () => {
    const ended: string[] = [];
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Tasks {
      constructor(private readonly connection: TenantConnection) {}

      @SharedTask()
      use(_tenant: string): string {
        return `${this.connection.number} of ${this.connection.request.tenant}`;
      }

      @AfterReturn()
      after(): void {
        ended.push(this.connection.request.tenant);
      }
    }
    const { use } = (await start(Tasks, TenantConnection)).tasks(Tasks);
    const results = [];
    for (const tenant of ['acme', 'umbrella', 'acme']) results.push(await (await use.delay(tenant)).get(wait));
    expect(results).toEqual(['1 of acme', '2 of umbrella', '1 of acme']);
    expect(ended.slice(0, 2)).toEqual(['acme', 'umbrella']);
  });
});

const Tenant = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.getArgByIndex<unknown[]>(0)[0],
);

describe('the execution context of a task', () => {
  it('is of type celery, and its arguments are the values of the call and the running task', async () => {
    const contexts: ExecutionContext[] = [];
    const tasks: unknown[] = [];
    class Spy implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        contexts.push(context);
        tasks.push(currentTask());
        return true;
      }
    }
    @Injectable()
    class Tasks {
      @SharedTask()
      @UseGuards(Spy)
      work(name: string, @Tenant() tenant: string, times: number): string {
        return `${name} ${tenant} ${times}`;
      }
    }
    const celery = await start(Tasks);
    const result = await celery.sendTask('Tasks.work', ['ann', 3]);
    expect(await result.get(wait)).toBe('ann ann 3');
    const [context] = contexts;
    expect(context?.getType<string>()).toBe('celery');
    expect(context?.getClass()).toBe(Tasks);
    expect(context?.getHandler()).toBe(Tasks.prototype.work);
    expect(context?.getArgs()).toEqual([['ann', undefined, 3], tasks[0]]);
    expect((tasks[0] as TaskContext).id).toBe(result.id);
  });
});
