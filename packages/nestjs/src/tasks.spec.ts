import { Injectable } from '@nestjs/common';
import { AsyncResult, NotRegistered } from '@nestjs-celery/core';
import type { ApplyAsyncOptions, TaskOptions } from '@nestjs-celery/core';
import type { Observable } from 'rxjs';
import { Ctx, Kwarg, Kwargs, Periodic, SharedTask, TaskHost } from './index.js';
import type { Injected, TaskContext, Tasks } from './index.js';
import { createTasks } from './tasks.js';

abstract class BaseTasks {
  @SharedTask()
  async ping(): Promise<'pong'> {
    return 'pong';
  }
}

@Injectable()
@TaskHost('math')
class MathTasks extends BaseTasks {
  static instances = 0;

  readonly label = 'no method';

  constructor() {
    super();
    MathTasks.instances += 1;
  }

  @SharedTask({ queue: 'sums', params: ['x', 'y'] })
  async add(x: number, y: number): Promise<number> {
    return x + y;
  }

  @SharedTask('Any name ✓, even this one')
  context(@Ctx() ctx: Injected<TaskContext>, text: string, times?: number): string {
    return `${ctx.id} ${text} ${times}`;
  }

  @SharedTask()
  keywords(@Kwarg('to') to: string, @Kwargs() rest: Kwargs): string[] {
    return [to, ...Object.keys(rest)];
  }

  @SharedTask()
  last(@Ctx() _ctx: Injected<TaskContext>, ..._numbers: number[]): Observable<Date> {
    throw new Error('never called');
  }

  @Periodic(30)
  tick(): void {}

  @SharedTask({ app: 'billing' })
  charge(): void {}

  helper(text: string): string {
    return text;
  }
}

interface Sent {
  name: string;
  args: readonly unknown[];
  options: ApplyAsyncOptions | undefined;
  taskOptions: TaskOptions | undefined;
}

function tasksOf(appName = 'default'): { tasks: Tasks<MathTasks>; sent: Sent[] } {
  const sent: Sent[] = [];
  const sendTask = async <R>(
    name: string,
    args: readonly unknown[] = [],
    options?: ApplyAsyncOptions,
    taskOptions?: TaskOptions,
  ): Promise<AsyncResult<R>> => {
    sent.push({ name, args, options, taskOptions });
    return new AsyncResult<R>('an-id', undefined as never);
  };
  return { tasks: createTasks(MathTasks, { sendTask, apply: undefined as never }, appName), sent };
}

describe('Tasks', () => {
  it('sends a task under its name with the options of its decorator', async () => {
    const { tasks, sent } = tasksOf();
    const result = await tasks.add.delay(2, 3);
    expect(result.id).toBe('an-id');
    await tasks.add.applyAsync([4, 5], { countdown: 60 });
    const taskOptions = { queue: 'sums', params: ['x', 'y'] };
    expect(sent).toEqual([
      { name: 'math.add', args: [2, 3], options: {}, taskOptions },
      { name: 'math.add', args: [4, 5], options: { countdown: 60 }, taskOptions },
    ]);
  });

  it('names a task Class.method, by the prefix of its class, or as it was told', () => {
    const { tasks } = tasksOf();
    expect(tasks.ping.name).toBe('math.ping');
    expect(tasks.tick.name).toBe('math.tick');
    expect(tasks.context.name).toBe('Any name ✓, even this one');
    expect(createTasks(class Plain extends BaseTasks {}, undefined as never, 'default').ping.name).toBe('Plain.ping');
  });

  it('throws NotRegistered, naming the method, where one without @SharedTask is used', () => {
    const { tasks } = tasksOf();
    expect(() => tasks.helper).toThrow(NotRegistered);
    expect(() => tasks.helper).toThrow('MathTasks.helper is no task: put @SharedTask() on the method.');
  });

  it('throws NotRegistered for a task of another app, and says how to get it', () => {
    expect(() => tasksOf().tasks.charge).toThrow(
      "MathTasks.charge belongs to the app 'billing', not to 'default': @InjectTasks(MathTasks, 'billing').",
    );
    expect(tasksOf('billing').tasks.charge.name).toBe('math.charge');
  });

  it('rejects arguments that do not fit where the parameters have names, and sends nothing', async () => {
    const { tasks, sent } = tasksOf();
    const call = tasks.add.delay as (...args: unknown[]) => Promise<unknown>;
    await expect(call.call(tasks.add, 1)).rejects.toThrow("math.add() missing 1 required positional argument: 'y'");
    await expect(tasks.add.applyAsync([1], { kwargs: { z: 1 } })).rejects.toBeInstanceOf(TypeError);
    expect(sent).toEqual([]);
  });

  it('never instantiates the class', async () => {
    await tasksOf().tasks.add.delay(1, 2);
    expect(MathTasks.instances).toBe(0);
  });

  it('may be awaited, as a provider is', async () => {
    const { tasks } = tasksOf();
    expect(await tasks).toBe(tasks);
  });
});

/** Checked by `tsc -b test`; never run. */
export async function typesOf(tasks: Tasks<MathTasks>): Promise<void> {
  const sum: number = await (await tasks.add.delay(1, 2)).get();
  const pong: 'pong' = await (await tasks.ping.delay()).get();
  const date: Date = await (await tasks.last.delay(1, 2, 3)).get();
  // @ts-expect-error the result is a number
  const text: string = await (await tasks.add.delay(1, 2)).get();
  // @ts-expect-error the second argument is a number
  await tasks.add.delay(1, '2');
  // @ts-expect-error an argument is missing
  await tasks.add.delay(1);
  // @ts-expect-error there are two arguments
  await tasks.add.delay(1, 2, 3);
  await tasks.add.applyAsync([1, 2], { countdown: 1 });
  // @ts-expect-error a wrong argument
  await tasks.add.applyAsync(['1', 2]);
  // @ts-expect-error an argument is missing and no keyword makes up for it
  await tasks.add.applyAsync([1]);
  await tasks.add.applyAsync([1], { kwargs: { y: 2 } });
  // @ts-expect-error a wrong argument beside keywords
  await tasks.add.applyAsync(['1'], { kwargs: { y: 2 } });
  // @ts-expect-error there is no such option
  await tasks.add.applyAsync([1, 2], { countDown: 1 });

  await tasks.context.delay('text');
  await tasks.context.delay('text', 2);
  // @ts-expect-error the context is not passed by callers
  await tasks.context.delay({ id: '1' }, 'text');
  await tasks.keywords.delay('to');
  // @ts-expect-error neither is the rest of the keywords
  await tasks.keywords.delay('to', {});
  // @ts-expect-error a rest parameter keeps its type
  await tasks.last.delay('1');

  // @ts-expect-error only methods are tasks
  const label: unknown = tasks.label;
  // @ts-expect-error there is no such method
  const sub: unknown = tasks.sub;
  const ctx: Partial<TaskContext> = {};
  new MathTasks().context(ctx as TaskContext, 'a unit test passes the plain value');
  await Promise.all([sum, pong, date, text, label, sub]);
}
