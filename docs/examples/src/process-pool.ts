import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { celeryConfigFromEnv, Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import { runWorker } from 'nestjs-celery/worker';

@Injectable()
class CpuTasks {
  /** Blocks its process, which is not the one that talks to the broker. */
  @SharedTask({ name: 'cpu.fibonacci', timeLimit: 30 })
  fibonacci(n: number): [value: number, pid: number] {
    const fib = (x: number): number => (x < 2 ? x : fib(x - 1) + fib(x - 2));
    return [fib(n), process.pid];
  }
}

@Module({
  imports: [CeleryModule.forRoot(celeryConfigFromEnv())],
  providers: [CpuTasks],
})
class AppModule {}

// needs a broker and a result backend that processes can share; the children run this file, too, and come no further than here
const argv = ['-P', 'process', '-c', '2', '-q', '-n', 'example-process-pool@%h'];
const { app, stop } = await runWorker(AppModule, { argv, signals: false });
const { fibonacci } = app.get(Celery).tasks(CpuTasks);
const results = await Promise.all([20, 21].map((n) => fibonacci.delay(n)));
const values = await Promise.all(results.map((result) => result.get({ timeout: 60 })));
console.log(values.map(([value]) => value));
console.log(
  'in other processes:',
  values.every(([, pid]) => pid !== process.pid),
);
await stop();

// prints:
// [ 6765, 10946 ]
// in other processes: true
