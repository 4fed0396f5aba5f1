import { Injectable, Logger } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { TaskContext } from 'nestjs-celery';
import { finalize } from 'rxjs';
import type { Observable } from 'rxjs';

/** Logs how long each task took. In the context of a task the arguments are the values of the call and the running task. */
@Injectable()
export class Stopwatch implements NestInterceptor {
  readonly #logger = new Logger(Stopwatch.name);

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [, task] = context.getArgs<[unknown[], TaskContext]>();
    const begin = performance.now();
    return next
      .handle()
      .pipe(finalize(() => this.#logger.log(`${task.name} took ${Math.round(performance.now() - begin)} ms`)));
  }
}
