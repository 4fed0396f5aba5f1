import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, Ctx, SharedTask } from 'nestjs-celery';
import type { Injected, TaskContext } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

let goOn: () => void = () => {};
const asked = () => new Promise<void>((resolve) => (goOn = resolve));

@Injectable()
class ImportTasks {
  @SharedTask({ name: 'import.rows', trackStarted: true })
  async rows(@Ctx() task: Injected<TaskContext>, total: number): Promise<number> {
    await task.progress(total / 2, total);
    await asked();
    await task.updateState('INDEXING', { table: 'orders' });
    await asked();
    return total;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [ImportTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const result = await app.get(Celery).tasks(ImportTasks).rows.delay(200);
for (const state of ['PROGRESS', 'INDEXING']) {
  while ((await result.state()) !== state) await new Promise((resolve) => setImmediate(resolve));
  console.log(state, JSON.stringify(await result.result()));
  goOn();
}
console.log(await result.get({ timeout: 10 }));
await app.close();

// prints:
// PROGRESS {"current":100,"total":200}
// INDEXING {"table":"orders"}
// 200
