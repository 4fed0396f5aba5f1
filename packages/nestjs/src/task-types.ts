import type { ApplyAsyncOptions, ApplyOptions, AsyncResult, EagerResult } from '@nestjs-celery/core';
import type { Observable } from 'rxjs';

declare const injected: unique symbol;

/**
 * The type of a handler's parameter that the worker fills in (`@Ctx() ctx: Injected<TaskContext>`). The brand exists for the
 * compiler only: `Tasks<T>` drops such parameters from the call, while a unit test may pass the plain value.
 */
export type Injected<T> = T & { readonly [injected]?: true };

/** A task as a caller sees it, typed from the method that runs it. */
export interface Task<Args extends readonly unknown[] = unknown[], Result = unknown> {
  /** The name on the wire: `reports.send`. */
  readonly name: string;
  /**
   * Sends the task; resolves when the broker has confirmed it. Celery's `delay`.
   * @throws OperationalError, MessageReturned, PublishTimeout, EncodeError; NotRegistered when the method is no task of this app.
   */
  delay(...args: Args): Promise<AsyncResult<Result>>;
  /** Sends the task with options: `applyAsync(['a@b.c'], { countdown: 60 })`. Celery's `apply_async`. */
  applyAsync(args: Args, options?: ApplyAsyncOptions & { kwargs?: never }): Promise<AsyncResult<Result>>;
  /** With keywords the positional arguments may stop short; what the handler makes of both is checked by the worker. */
  applyAsync(
    args: Readonly<Partial<Args>>,
    options: ApplyAsyncOptions & { kwargs: Record<string, unknown> },
  ): Promise<AsyncResult<Result>>;
  /**
   * Runs the task here and now, as a worker would, without broker and worker; its retries follow at once. Celery's `apply`.
   * @throws NotRegistered when the class is not among the providers of this application; with `throw`, what the task threw
   */
  apply(args: Args, options?: ApplyOptions & { kwargs?: never }): Promise<EagerResult<Result>>;
  apply(
    args: Readonly<Partial<Args>>,
    options: ApplyOptions & { kwargs: Record<string, unknown> },
  ): Promise<EagerResult<Result>>;
}

/** Every method of a task class as the `Task` that runs it. A method without `@SharedTask` throws `NotRegistered` when it is used. */
export type Tasks<T> = {
  readonly [K in keyof T as T[K] extends AnyMethod ? K : never]: T[K] extends (...args: infer Args) => infer Result
    ? Task<CallArguments<Args>, TaskResult<Result>>
    : never;
};

type AnyMethod = (...args: never[]) => unknown;

/** What the result backend gives back: the awaited value, for an Observable the last one. */
export type TaskResult<Returned> = Awaited<Returned> extends Observable<infer Last> ? Last : Awaited<Returned>;

/** The parameters that a caller passes. A list without injected ones stays as it is and keeps its names for the editor. */
export type CallArguments<Args extends readonly unknown[]> =
  HasInjected<Args> extends true ? WithoutInjected<Args> : Args;

type IsAny<T> = 0 extends 1 & T ? true : false;
type IsInjected<T> = IsAny<T> extends true ? false : typeof injected extends keyof NonNullable<T> ? true : false;

/** Whether dropping would change anything. */
type HasInjected<Args extends readonly unknown[]> = Args extends readonly []
  ? false
  : Args extends readonly [infer Head, ...infer Rest]
    ? OneOf<IsInjected<Head>, HasInjected<Rest>>
    : number extends Args['length']
      ? false
      : Args extends readonly [(infer Head)?, ...infer Rest]
        ? OneOf<IsInjected<Head>, HasInjected<Rest>>
        : false;

type OneOf<A, B> = A extends true ? true : B;

/** Required parameters first, then optional ones; a rest parameter is kept as it is. */
type WithoutInjected<Args extends readonly unknown[]> = Args extends readonly []
  ? []
  : Args extends readonly [infer Head, ...infer Rest]
    ? [...(IsInjected<Head> extends true ? [] : [Head]), ...WithoutInjected<Rest>]
    : number extends Args['length']
      ? Args
      : Args extends readonly [(infer Head)?, ...infer Rest]
        ? [...(IsInjected<Head> extends true ? [] : [Head?]), ...WithoutInjected<Rest>]
        : Args;
