import {
  BadRequestException,
  ForbiddenException,
  UnauthorizedException,
  UnprocessableEntityException,
} from '@nestjs/common';
import type { HttpException } from '@nestjs/common';
import { GuardsConsumer } from '@nestjs/core/guards/guards-consumer.js';
import { PipesConsumer } from '@nestjs/core/pipes/pipes-consumer.js';
import { InvalidArguments } from '@nestjs-celery/core';

/**
 * What guards and pipes refused. The same exceptions from a handler mean what the handler means; here, where they are thrown, is
 * the place to tell. No retry mends a refusal, whatever `autoretryFor` says. Any other error (a guard's database that is away) may
 * be gone the next time.
 */
export class Refusals {
  readonly #byGuards = new WeakSet<object>();
  readonly #byPipes = new WeakSet<object>();

  /** Runs guards; 401 and 403 are refusals. */
  readonly guards: GuardsConsumer = new RememberingGuards(this.#byGuards);
  /** Runs pipes; 400 and 422 are refusals. */
  readonly pipes: PipesConsumer = new RememberingPipes(this.#byPipes);

  /** For `TaskDefinition.isFinal`. */
  has(error: unknown): boolean {
    return isObject(error) && this.#byGuards.has(error);
  }

  /** What a task fails with: arguments that a pipe refused are invalid ones, whoever says so. */
  explain(task: string, error: unknown): unknown {
    if (!isObject(error) || !this.#byPipes.has(error)) return error;
    return new InvalidArguments(`${task}(): ${sentences(error as HttpException)}`, { cause: error });
  }
}

class RememberingGuards extends GuardsConsumer {
  constructor(private readonly refused: WeakSet<object>) {
    super();
  }

  override async tryActivate<TContext extends string>(
    ...args: Parameters<typeof GuardsConsumer.prototype.tryActivate<TContext>>
  ): Promise<boolean> {
    try {
      if (await super.tryActivate(...args)) return true;
    } catch (error) {
      if (error instanceof ForbiddenException || error instanceof UnauthorizedException) this.refused.add(error);
      throw error;
    }
    // as Nest does for a guard that says no
    const refusal = new ForbiddenException('Forbidden resource');
    this.refused.add(refusal);
    throw refusal;
  }
}

class RememberingPipes extends PipesConsumer {
  constructor(private readonly refused: WeakSet<object>) {
    super();
  }

  override async apply<T>(...args: Parameters<typeof PipesConsumer.prototype.apply<T>>): Promise<unknown> {
    try {
      return await super.apply(...args);
    } catch (error) {
      if (error instanceof BadRequestException || error instanceof UnprocessableEntityException)
        this.refused.add(error);
      throw error;
    }
  }
}

/** A ValidationPipe has its findings in the response; the message says only `Bad Request Exception`. */
function sentences(error: HttpException): string {
  const response = error.getResponse();
  const message = isObject(response) && 'message' in response ? response.message : error.message;
  return Array.isArray(message) ? message.map(String).join('; ') : String(message);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
