import type { AddPeriodicTaskOptions, BeatLazyFunc } from '@nestjs-celery/core';

/** Options for a task that takes these arguments: all of them, or keywords and perhaps some. */
type OptionsFor<Args extends readonly unknown[]> = Omit<AddPeriodicTaskOptions, 'args' | 'kwargs'> &
  (
    | { args: OrLazy<Args>; kwargs?: never }
    | { args?: SomeOrLazy<Args>; kwargs: Record<string, unknown> }
    | NoArguments<Args>
  );

/** Each argument, or what works it out when beat sends the task. */
type OrLazy<Args extends readonly unknown[]> = { readonly [K in keyof Args]: Args[K] | BeatLazyFunc };
type SomeOrLazy<Args extends readonly unknown[]> = { readonly [K in keyof Args]?: Args[K] | BeatLazyFunc };

type NoArguments<Args extends readonly unknown[]> = [] extends Args ? { args?: readonly []; kwargs?: never } : never;

/** The last parameter of `addPeriodicTask`, which a task that can do without arguments does not need. */
export type AddPeriodicArguments<Args extends readonly unknown[]> = [] extends Args
  ? [options?: OptionsFor<Args>]
  : [options: OptionsFor<Args>];
