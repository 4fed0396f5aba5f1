import { Injectable, Logger, Scope, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { AfterReturn, BeforeStart, OnFailure, OnSuccess, OnTaskSignal, SharedTask } from 'nestjs-celery';
import type { BuiltInState, SignalPayload, StandardSchema, TaskContext } from 'nestjs-celery';

const logger = new Logger('Seen');

/** A guard of a task. */
@Injectable()
export class NotForbidden implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [[who], task] = context.getArgs<[unknown[], TaskContext]>();
    logger.log(`guard ${context.getType<string>()} run ${task.retries} of ${String(who)}`);
    return who !== 'forbidden';
  }
}

/** A global guard. */
@Injectable()
export class NoRobots implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const [[who]] = context.getArgs<[unknown[]]>();
    return who !== 'robot';
  }
}

const oneName: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test-apps',
    validate: (args) => {
      const [who] = args as unknown[];
      return typeof who === 'string' ? { value: [who.trim()] } : { issues: [{ message: 'must be a text', path: [0] }] };
    },
  },
};

let instances = 0;

/** What happens around its runs is in the log. */
@Injectable({ scope: Scope.REQUEST })
export class NestTasks {
  readonly #instance = (instances += 1);

  @SharedTask({ name: 'nest.greet', schema: oneName, autoretryFor: [Error], defaultRetryDelay: 0 })
  @UseGuards(NotForbidden)
  greet(who: string): string {
    logger.log(`work of ${this.#instance}`);
    return `hello ${who}`;
  }

  @BeforeStart()
  before(): void {
    logger.log(`before of ${this.#instance}`);
  }

  @OnSuccess('greet')
  done(greeting: string): void {
    logger.log(`success of ${this.#instance}: ${greeting}`);
  }

  @OnFailure()
  failed(error: Error): void {
    logger.log(`failure of ${this.#instance}: ${error.message}`);
  }

  @AfterReturn()
  after(state: BuiltInState): void {
    logger.log(`after of ${this.#instance}: ${state}`);
  }
}

@Injectable()
export class Listener {
  @OnTaskSignal('worker_init')
  init({ sender }: SignalPayload<'worker_init'>): void {
    logger.log(`worker_init by ${sender}`);
  }

  @OnTaskSignal('task_received')
  received({ request }: SignalPayload<'task_received'>): void {
    logger.log(`task_received ${request.id}`);
  }

  @OnTaskSignal('task_failure', { sender: 'nest.greet' })
  failure({ exception, task }: SignalPayload<'task_failure'>): void {
    logger.log(`task_failure ${task.id}: ${String(exception)}`);
  }

  @OnTaskSignal('worker_shutting_down')
  ending({ sig, how }: SignalPayload<'worker_shutting_down'>): void {
    logger.log(`worker_shutting_down ${sig} ${how}`);
  }

  @OnTaskSignal('worker_shutdown')
  ended(): void {
    logger.log('worker_shutdown');
  }
}
