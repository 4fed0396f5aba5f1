import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';

@Injectable()
class MathTasks {
  @SharedTask('math.divide')
  divide(@Ctx() task: Injected<TaskContext>, a: number, b: number): string {
    if (b === 0) throw new RangeError('division by zero');
    return `${a / b}, eagerly: ${task.isEager}`;
  }
}

/** No worker and no server: calls run at once, here, as in a script or a quick test. */
@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', taskAlwaysEager: true })],
  providers: [MathTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const { divide } = app.get(Celery).tasks(MathTasks);
const result = await divide.delay(6, 3);
console.log(await result.state(), await result.get());
const failed = await divide.delay(1, 0);
console.log(await failed.state(), String(await failed.result()));
console.log(String(await divide.apply([1, 0], { throw: true }).catch((error: unknown) => error)));
await app.close();

// prints:
// SUCCESS 2, eagerly: true
// FAILURE RangeError: division by zero
// RangeError: division by zero
