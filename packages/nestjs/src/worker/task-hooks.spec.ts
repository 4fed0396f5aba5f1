import { Injectable, Scope } from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import { waitUntil } from '@nestjs-celery/core/testing';
import {
  AfterReturn,
  BeforeStart,
  Celery,
  CeleryModule,
  currentTask,
  ImproperlyConfigured,
  OnFailure,
  OnRetry,
  OnSuccess,
  SharedTask,
} from '../index.js';
import type { BuiltInState, TaskContext } from '../index.js';
import { CeleryWorkerModule } from './index.js';

const apps: INestApplicationContext[] = [];
const seen: string[] = [];
let hubs = 0;

beforeEach(() => seen.splice(0));
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

async function tasksOf<T extends object>(host: Type<T>) {
  const url = `memory://hooks-${++hubs}`;
  const app = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: url, resultBackend: url }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ],
    providers: [host],
  })
    .setLogger(silentLogger)
    .compile();
  apps.push(app);
  await app.init();
  return app.get(Celery).tasks(host);
}

const told = (what: string) => waitUntil(`${what} was told`, () => seen.includes(what));
const wait = { timeout: 5, propagate: false } as const;

@Injectable()
class MailTasks {
  private readonly sender = 'me';

  @SharedTask({ name: 'mail.send', maxRetries: 1, defaultRetryDelay: 0 })
  send(to: string): number {
    seen.push(`send ${to}`);
    if (to === 'nobody') throw new RangeError('no such address');
    if (to === 'later') return currentTask()?.retry({ exc: new Error('busy') }) ?? 0;
    return to.length;
  }

  @SharedTask({ onSuccess: () => seen.push('option') })
  sweep(): string {
    return 'swept';
  }

  @BeforeStart()
  begin(task: TaskContext): void {
    seen.push(`begin ${task.name}`);
    if (task.args[0] === 'forbidden') throw new Error('not begun');
  }

  @OnSuccess('send')
  sent(characters: number, task: TaskContext): void {
    seen.push(`${this.sender} sent ${characters + 1} to ${String(task.args[0])}, in ${currentTask()?.id === task.id}`);
  }

  @OnFailure()
  failed(error: Error): void {
    seen.push(`failed ${error.name}: ${error.message}`);
  }

  @OnRetry('send')
  again(reason: Error, { retries }: TaskContext): void {
    seen.push(`retry ${retries}: ${reason.message}`);
  }

  @AfterReturn('send', 'sweep')
  async returned(state: BuiltInState, value: unknown): Promise<void> {
    await Promise.resolve();
    seen.push(`returned ${state} ${value instanceof Error ? value.message : String(value)}`);
  }
}

/** What the compiler refuses; never called. */
export function mistakes(
  host: MailTasks,
  text: TypedPropertyDescriptor<(result: string) => void>,
  number: TypedPropertyDescriptor<(result: number) => void>,
): void {
  OnSuccess('send')(host, 'x', number);
  OnSuccess('sweep')(host, 'x', text);
  // @ts-expect-error `send` returns a number
  OnSuccess('send')(host, 'x', text);
  // @ts-expect-error one of the two returns a number
  OnSuccess('sweep', 'send')(host, 'x', text);
  // @ts-expect-error without names the result may be anything
  OnSuccess()(host, 'x', text);
  // @ts-expect-error the error is an Error
  OnFailure()(host, 'x', text);
  // @ts-expect-error the task is a TaskContext
  BeforeStart()(host, 'x', text);
  // @ts-expect-error the class has no such method
  OnRetry('sned')(host, 'x', text);
}

describe('hook methods of a task class', () => {
  it('are called around a success on the same instance, in Celery’s order, the options’ own after them', async () => {
    const { send, sweep } = await tasksOf(MailTasks);
    await send.delay('ann');
    await told('returned SUCCESS 3');
    expect(seen).toEqual(['begin mail.send', 'send ann', 'me sent 4 to ann, in true', 'returned SUCCESS 3']);
    seen.splice(0);
    await sweep.delay();
    await told('returned SUCCESS swept');
    expect(seen).toEqual(['begin MailTasks.sweep', 'option', 'returned SUCCESS swept']);
  });

  it('hear of a failure, and that of a hook before the start is one', async () => {
    const { send } = await tasksOf(MailTasks);
    await send.delay('nobody');
    await told('returned FAILURE no such address');
    expect(seen).toContain('failed RangeError: no such address');
    seen.splice(0);
    const forbidden = await send.delay('forbidden');
    await told('returned FAILURE not begun');
    expect(seen).not.toContain('send forbidden');
    expect(await forbidden.get(wait)).toMatchObject({ message: 'not begun' });
  });

  it('hear of a retry, and of the end when there are no more', async () => {
    const { send } = await tasksOf(MailTasks);
    await send.delay('later');
    await told('returned FAILURE busy');
    const heard = seen.filter((line) => !line.startsWith('begin') && !line.startsWith('send'));
    expect(heard).toEqual(['retry 0: busy', 'failed Error: busy', 'returned FAILURE busy']);
  });

  it('do not change what a task has come to', async () => {
    @Injectable()
    class Faulty {
      @SharedTask()
      work(): number {
        return 1;
      }

      @OnSuccess('work')
      broken(): never {
        throw new Error('in the hook');
      }

      @AfterReturn()
      after(state: BuiltInState): void {
        seen.push(state);
      }
    }
    const { work } = await tasksOf(Faulty);
    const result = await work.delay();
    await told('SUCCESS');
    expect(await result.get(wait)).toBe(1);
  });

  it('are inherited, and what overrides one takes its place', async () => {
    @Injectable()
    class Child extends MailTasks {
      override failed(error: Error): void {
        seen.push(`child: ${error.message}`);
      }
    }
    const { send } = await tasksOf(Child);
    await send.delay('nobody');
    await told('returned FAILURE no such address');
    expect(seen.filter((line) => line.startsWith('failed') || line.startsWith('child'))).toEqual([
      'child: no such address',
    ]);
  });
});

let instances = 0;

@Injectable({ scope: Scope.REQUEST })
class ScopedTasks {
  private readonly instance = (instances += 1);

  @BeforeStart()
  before(): void {
    seen.push(`before ${this.instance}`);
  }

  @SharedTask()
  work(): void {
    seen.push(`work ${this.instance}`);
  }

  @AfterReturn()
  after(): void {
    seen.push(`after ${this.instance}`);
  }
}

describe('hooks with request scope', () => {
  it('run on the instance that ran the task', async () => {
    instances = 0;
    const { work } = await tasksOf(ScopedTasks);
    await work.delay();
    await told('after 1');
    await work.delay();
    await told('after 2');
    expect(seen).toEqual(['before 1', 'work 1', 'after 1', 'before 2', 'work 2', 'after 2']);
  });
});

describe('a hook that would never be called', () => {
  it('is refused at the start: it names no task of its class', async () => {
    @Injectable()
    class Misnamed {
      @SharedTask()
      work(): void {}

      other(): void {}

      @OnFailure('other')
      failed(): void {}
    }
    const start = tasksOf(Misnamed);
    await expect(start).rejects.toThrow(ImproperlyConfigured);
    await expect(start).rejects.toThrow(
      "@OnFailure() on Misnamed.failed: 'other' is no task method of the class. It has work.",
    );
  });

  it('is refused at the start: its class has no task', async () => {
    @Injectable()
    class Listener {
      @OnFailure()
      failed(): void {}
    }
    await expect(tasksOf(Listener)).rejects.toThrow(/the class has no @SharedTask.*@OnTaskSignal/);
  });

  it('is refused as it is declared: a static method', () => {
    class Static {
      static failed(): void {}
      work(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Static, 'failed') as TypedPropertyDescriptor<() => void>;
    expect(() => OnFailure()(Static, 'failed', descriptor)).toThrow('@OnFailure() on Static.failed: it is static.');
  });
});
