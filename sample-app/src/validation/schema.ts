import type { ParameterDecoratorOptions } from '@nestjs/common';

/** What Nest 12 takes in `@Body({ schema })`: any Standard Schema (standardschema.dev), so zod or valibot fit in here as well. */
export type Schema = NonNullable<ParameterDecoratorOptions['schema']>;

/** Reads one value. @throws Invalid saying what it should have been. */
export type Reader<T> = (value: unknown) => T;

/** The value that a schema lets through. */
export type ValueOf<R> = R extends Reader<infer T> ? T : never;

/** A sentence for the one who sent the value. */
export class Invalid extends Error {
  constructor(
    message: string,
    readonly path: readonly string[] = [],
  ) {
    super(message);
  }
}

/** A reader in the form that Nest takes: what it throws becomes 400 Bad Request. */
export function schema(read: Reader<unknown>): Schema {
  const validate = (value: unknown) => {
    try {
      return { value: read(value) };
    } catch (error) {
      if (error instanceof AggregateError) return { issues: error.errors.map(toIssue) };
      return { issues: [toIssue(error)] };
    }
  };
  return { '~standard': { version: 1, vendor: 'sample-app', validate } };
}

/** An object with these fields and no other; every field that does not fit is named. */
export function object<T extends object>(fields: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Invalid('must be a JSON object');
    const errors: Invalid[] = Object.keys(value)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name) => new Invalid('is not known here', [name]));
    const entries = readers.map(([name, read]) => {
      const given: unknown = Object.hasOwn(value, name) ? value[name as never] : undefined;
      return [name, attempt(name, () => read(present(given)), errors)];
    });
    if (errors.length > 0) throw new AggregateError(errors);
    return Object.fromEntries(entries) as T;
  };
}

/** A list of exactly these values, as the arguments of a task are one. */
export function list(...readers: readonly Reader<unknown>[]): Reader<unknown[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== readers.length) {
      throw new Invalid(`must be a list of ${readers.length}`);
    }
    const errors: Invalid[] = [];
    const values = readers.map((read, index) => attempt(String(index), () => read(value[index]), errors));
    if (errors.length > 0) throw new AggregateError(errors);
    return values;
  };
}

function present(value: unknown): unknown {
  if (value === undefined) throw new Invalid('is missing');
  return value;
}

function attempt(name: string, read: () => unknown, errors: Invalid[]): unknown {
  try {
    return read();
  } catch (error) {
    errors.push(new Invalid(toIssue(error).message, [name]));
    return undefined;
  }
}

function toIssue(error: unknown): { message: string; path: readonly string[] } {
  if (!(error instanceof Invalid)) throw error;
  return { message: error.message, path: error.path };
}
