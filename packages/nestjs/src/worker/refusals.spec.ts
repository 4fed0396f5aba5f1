import {
  BadRequestException,
  Catch,
  ForbiddenException,
  Injectable,
  NotFoundException,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import type {
  ArgumentMetadata,
  CanActivate,
  ExceptionFilter,
  ExecutionContext,
  INestApplicationContext,
  PipeTransform,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { silentLogger } from '@nestjs-celery/core';
import { Celery, CeleryModule, currentTask, Kwarg, SharedTask } from '../index.js';
import { CeleryWorkerModule } from './index.js';

let app: INestApplicationContext;
/** Runs of each task's guard, pipe or handler, whichever is the first to see it. */
let runs: number[];

const RETRY = { autoretryFor: [Error], maxRetries: 2, defaultRetryDelay: 0 };

@Injectable()
class Door implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [[who]] = context.getArgs<[unknown[]]>();
    runs.push(currentTask()?.retries ?? -1);
    if (who === 'nobody') throw new UnauthorizedException('Who are you?');
    if (who === 'unlucky') throw new Error('The database of the guard is away.');
    return who !== 'stranger';
  }
}

/** What the ValidationPipe does for a class: every finding in the response, none in the message. */
class Order {
  constructor(readonly amount: number) {}
}

class OrderPipe implements PipeTransform {
  transform(value: unknown, { metatype }: ArgumentMetadata): unknown {
    if (metatype !== Order) return value;
    runs.push(currentTask()?.retries ?? -1);
    const { amount } = value as Partial<Order>;
    if (amount === 404) throw new NotFoundException('not yet there');
    if (typeof amount === 'number') return new Order(amount);
    throw new BadRequestException(['amount must be a number', 'amount should not be empty']);
  }
}

@Catch(BadRequestException)
class Forgive implements ExceptionFilter {
  catch(): string {
    return 'forgiven';
  }
}

@Injectable()
class ShopTasks {
  @SharedTask({ name: 'shop.enter', ...RETRY })
  @UseGuards(Door)
  enter(who: string): string {
    if (who === 'barred') throw new ForbiddenException('The handler says so.');
    return who;
  }

  @SharedTask({ name: 'shop.order', ...RETRY })
  @UsePipes(OrderPipe)
  order(order: Order): boolean {
    if (order.amount < 0) throw new BadRequestException('The handler says so.');
    return order instanceof Order;
  }

  @SharedTask({ name: 'shop.lenient', ...RETRY })
  @UsePipes(OrderPipe)
  @UseFilters(Forgive)
  lenient(_order: Order): string {
    return 'taken';
  }

  @SharedTask({ name: 'shop.count', ...RETRY })
  count(@Kwarg('n') n: number): number {
    return n;
  }
}

beforeAll(async () => {
  const url = 'memory://refusals';
  app = await Test.createTestingModule({
    imports: [
      CeleryModule.forRoot({ broker: url, resultBackend: url }),
      CeleryWorkerModule.forRoot({ loglevel: 'CRITICAL' }),
    ],
    providers: [ShopTasks],
  })
    .setLogger(silentLogger)
    .compile();
  await app.init();
});
afterAll(() => app.close());
beforeEach(() => (runs = []));

/** What became of a task, whose caller was not stopped by its own knowledge of the class. */
async function outcome(name: string, args: unknown[], kwargs: Record<string, unknown> = {}): Promise<unknown> {
  const result = await app.get(Celery).sendTask(name, args, { kwargs });
  return result.get({ timeout: 5, propagate: false });
}

describe('what a guard refuses', () => {
  it('fails at once, whatever autoretryFor says', async () => {
    expect(await outcome('shop.enter', ['stranger'])).toMatchObject({ message: 'Forbidden resource' });
    expect(runs).toEqual([0]);
    expect(await outcome('shop.enter', ['nobody'])).toMatchObject({ message: 'Who are you?' });
    expect(runs).toEqual([0, 0]);
  });

  it('is not what it could not find out: that is retried', async () => {
    expect(await outcome('shop.enter', ['unlucky'])).toMatchObject({ message: 'The database of the guard is away.' });
    expect(runs).toEqual([0, 1, 2]);
  });

  it('is not what the handler throws: that is retried', async () => {
    expect(await outcome('shop.enter', ['barred'])).toMatchObject({ message: 'The handler says so.' });
    expect(runs).toEqual([0, 1, 2]);
  });
});

describe('arguments that a pipe refuses', () => {
  it('are invalid arguments: FAILURE with every finding, and no retry', async () => {
    expect(await outcome('shop.order', [{}])).toMatchObject({
      name: 'TypeError',
      message: 'shop.order(): amount must be a number; amount should not be empty',
    });
    expect(runs).toEqual([0]);
  });

  it('do not include what a pipe could not find, nor what the handler throws: both are retried', async () => {
    expect(await outcome('shop.order', [{ amount: 404 }])).toMatchObject({ message: 'not yet there' });
    expect(runs).toEqual([0, 1, 2]);
    expect(await outcome('shop.order', [{ amount: -1 }])).toMatchObject({ message: 'The handler says so.' });
    expect(runs).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('reach the handler as the pipe makes them', async () => {
    expect(await outcome('shop.order', [{ amount: 1 }])).toBe(true);
  });

  it('are seen by filters as the pipe threw them', async () => {
    expect(await outcome('shop.lenient', [{}])).toBe('forgiven');
  });
});

describe('arguments that do not fit the parameters', () => {
  it('fail at once', async () => {
    expect(await outcome('shop.count', [], { m: 1 })).toMatchObject({
      name: 'TypeError',
      message: "shop.count() got an unexpected keyword argument 'm'",
    });
    expect(await outcome('shop.count', [])).toMatchObject({
      message: "shop.count() missing 1 required positional argument: 'n'",
    });
  });
});
