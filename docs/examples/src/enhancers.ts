import 'reflect-metadata';
import { Injectable, Module, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import type { StandardSchema, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

/** In the context of a task the arguments are the values of the call and the running task. */
@Injectable()
class OnlyPaid implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [[order], task] = context.getArgs<[[number], TaskContext]>();
    console.log(`${context.getType<string>()}: may ${task.name} take order ${order}?`);
    return order !== 13;
  }
}

/** Written for requests. For tasks it runs only with `CeleryModule.forRoot({ …, applyGlobalEnhancers: true })`. */
class OnlyPeople implements CanActivate {
  canActivate(): boolean {
    console.log('never printed');
    return false;
  }
}

/** Any Standard Schema: zod's `z.tuple([z.coerce.number().int()])` says the same. */
const oneNumber: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'example',
    validate: (args) => {
      const order = Number((args as unknown[])[0]);
      return Number.isInteger(order)
        ? { value: [order] }
        : { issues: [{ message: 'must be the number of an order', path: [0] }] };
    },
  },
};

@Injectable()
class OrderTasks {
  /** What a guard or the schema refuses is FAILURE at once: no retry would mend it. */
  @SharedTask({ name: 'orders.ship', schema: oneNumber, autoretryFor: [Error] })
  @UseGuards(OnlyPaid)
  ship(order: number | string): string {
    return `shipped ${order}`;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [OrderTasks, { provide: APP_GUARD, useClass: OnlyPeople }],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const { ship } = app.get(Celery).tasks(OrderTasks);
const outcome = async (order: string) => (await ship.delay(order)).get({ timeout: 10, propagate: false });
console.log(await outcome('42'));
console.log(String(await outcome('13')));
// here the class is known, so nothing is sent
console.log(String(await outcome('the big one').catch((error: unknown) => error)));
await app.close();

// prints:
// celery: may orders.ship take order 42?
// shipped 42
// celery: may orders.ship take order 13?
// ForbiddenException: Forbidden resource
// TypeError: orders.ship(): args[0]: must be the number of an order
