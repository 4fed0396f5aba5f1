import { Injectable } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import { Celery, CeleryModule, Ctx, InvalidArguments, Kwarg, Kwargs, SharedTask } from '../index.js';
import type { Injected, StandardSchema, TaskContext } from '../index.js';
import { CeleryWorkerModule } from './index.js';

let app: INestApplicationContext;
let runs: number;

/** What zod's `z.tuple([z.email().toLowerCase(), z.number().default(1)])` would be, and as asynchronous as its refinements may be. */
const mailArguments: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'spec',
    async validate(value) {
      const [to, copies = 1, ...rest] = value as unknown[];
      const issues = [];
      if ((value as unknown[]).includes(undefined)) issues.push({ message: 'has a gap' });
      if (typeof to !== 'string' || !to.includes('@')) issues.push({ message: 'must be an address', path: [0] });
      if (typeof copies !== 'number') issues.push({ message: 'must be a number', path: [1, { key: 'count' }] });
      if (rest.length > 0) issues.push({ message: 'has more elements than it may' });
      return issues.length > 0 ? { issues } : { value: [String(to).toLowerCase(), copies] };
    },
  },
};

/** Refuses what it gives. */
const wrapped: StandardSchema<[number], [string]> = {
  '~standard': {
    version: 1,
    vendor: 'spec',
    validate(value) {
      const [n] = value as unknown[];
      return typeof n === 'number' ? { value: [`<${n}>`] } : { issues: [{ message: 'must be a number', path: [0] }] };
    },
  },
};

/** What the compiler refuses; never instantiated. */
export class Mistakes {
  @SharedTask({ schema: wrapped })
  fits(_text: string, @Ctx() _task: Injected<TaskContext>, _more?: number): void {}

  @SharedTask({ schema: mailArguments })
  untyped(_n: number): void {}

  // @ts-expect-error the schema gives a text
  @SharedTask({ schema: wrapped })
  number(_n: number): void {}

  // @ts-expect-error the schema gives one value
  @SharedTask({ schema: wrapped })
  two(_text: string, _more: number): void {}
}

const noList: StandardSchema = {
  '~standard': { version: 1, vendor: 'spec', validate: () => ({ value: { to: 'an object' } }) },
};

@Injectable()
class MailTasks {
  @SharedTask({ name: 'mail.send', schema: mailArguments, autoretryFor: [Error], defaultRetryDelay: 0 })
  send(to: string, copies?: number): [string, number | undefined] {
    runs += 1;
    return [to, copies];
  }

  @SharedTask({ name: 'mail.named', schema: mailArguments })
  named(
    @Ctx() task: Injected<TaskContext>,
    @Kwarg('to') to: string,
    @Kwargs() rest: Kwargs,
    @Kwarg('copies?') copies?: number,
  ): unknown {
    return [task.name, to, copies, rest];
  }

  @SharedTask({ name: 'mail.once', schema: wrapped })
  once(text: unknown): unknown {
    return text;
  }

  @SharedTask({ name: 'mail.retried', schema: wrapped })
  retried(text: unknown, @Ctx() task: Injected<TaskContext>): unknown {
    return task.retries > 0 ? text : task.retry({ countdown: 0 });
  }

  @SharedTask({ name: 'mail.odd', schema: noList })
  odd(): void {}
}

beforeAll(async () => {
  const url = 'memory://schemas';
  app = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: url, resultBackend: url, resultExtended: true }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ],
    providers: [MailTasks],
  })
    .setLogger(silentLogger)
    .compile();
  await app.init();
});
afterAll(() => app.close());
beforeEach(() => (runs = 0));

const tasks = () => app.get(Celery).tasks(MailTasks);
const wait = { timeout: 5, propagate: false } as const;

describe('the schema of a task, in the worker', () => {
  const outcome = async (name: string, args: unknown[], kwargs: Record<string, unknown> = {}) =>
    (await app.get(Celery).sendTask(name, args, { kwargs })).get(wait);

  it('makes the arguments that the method gets', async () => {
    expect(await outcome('mail.send', ['Ann@Example.org'])).toEqual(['ann@example.org', 1]);
  });

  it('refuses with FAILURE and without a retry, naming the task and every path', async () => {
    const error = await outcome('mail.send', ['Ann', 'x']);
    expect(error).toMatchObject({
      name: 'TypeError',
      message: 'mail.send(): args[0]: must be an address; args[1].count: must be a number',
    });
    expect(await outcome('mail.send', ['a@b', 1, 2])).toMatchObject({
      message: 'mail.send(): args: has more elements than it may',
    });
    expect(runs).toBe(0);
  });

  it('sees keywords in the place of their parameters, and nothing that is injected', async () => {
    expect(await outcome('mail.named', [], { to: 'A@b', more: true })).toEqual([
      'mail.named',
      'a@b',
      1,
      { more: true },
    ]);
    expect(await outcome('mail.named', ['A@b'], { copies: 3 })).toEqual(['mail.named', 'a@b', 3, {}]);
    expect(await outcome('mail.named', [], { to: 'nobody' })).toMatchObject({
      message: 'mail.named(): args[0]: must be an address',
    });
  });

  it('gives back a list, or the task says that its schema is wrong', async () => {
    expect(await outcome('mail.odd', [])).toMatchObject({
      message: expect.stringContaining('The schema of task mail.odd'),
    });
  });
});

describe('the schema of a task, at the caller who knows the class', () => {
  it('rejects the call, and nothing is sent', async () => {
    const sent: string[] = [];
    const stop = app.get(Celery).signals.connect('after_task_publish', ({ sender }) => sent.push(sender));
    const call = tasks().send.delay('Ann');
    await expect(call).rejects.toThrow(InvalidArguments);
    await expect(call).rejects.toThrow('mail.send(): args[0]: must be an address');
    stop();
    expect(sent).toEqual([]);
  });

  it('checks what is sent, and leaves it as it is', async () => {
    const bodies: unknown[] = [];
    const stop = app.get(Celery).signals.connect('before_task_publish', ({ body }) => bodies.push(body.args));
    await tasks().send.delay('Ann@Example.org');
    stop();
    expect(bodies).toEqual([['Ann@Example.org']]);
  });

  it('makes the arguments of the method once, however the task is run', async () => {
    const { once } = tasks();
    expect(await (await once.delay(7)).get(wait)).toBe('<7>');
    expect(await (await once.apply([7])).get(wait)).toBe('<7>');
    const first = await once.delay(8);
    await first.get(wait);
    expect(await (await app.get(Celery).rerun(first.id)).get(wait)).toBe('<8>');
    expect(await (await tasks().retried.delay(9)).get(wait)).toBe('<9>');
  });

  it('makes them once where taskAlwaysEager runs the task', async () => {
    const imports = [CeleryModule.forRoot({ broker: 'memory://eager-schema', taskAlwaysEager: true })];
    const moduleRef = await Test.createTestingModule({ imports, providers: [MailTasks] }).compile();
    const { once } = moduleRef.get(Celery).tasks(MailTasks);
    expect(await (await once.delay(7)).get()).toBe('<7>');
    await expect(once.delay('x')).rejects.toThrow(InvalidArguments);
    await moduleRef.close();
  });

  it('leaves a call with keywords to the worker, which binds them first', async () => {
    const result = await tasks().named.applyAsync(['A@b'], { kwargs: { copies: 2 } });
    expect(await result.get(wait)).toEqual(['mail.named', 'a@b', 2, {}]);
  });
});
