import { parseIso } from '@nestjs-celery/core';
import { InvalidPeriodicTask } from '@nestjs-celery/core/periodic-tasks';

type Json = Readonly<Record<string, unknown>>;

const DATES = ['expires', 'startTime', 'pauseUntil'];

/** The body of a request, its dates as dates. Everything else is the service's to judge. @throws InvalidPeriodicTask */
export function readBody(body: unknown): Record<string, unknown> {
  if (!isObject(body))
    throw new InvalidPeriodicTask({ body: ['Send a JSON object with the fields of a periodic task.'] });
  const reader = new DateReader();
  const input = {
    ...reader.read(body, DATES),
    ...(isObject(body['policy']) && { policy: reader.read(body['policy'], ['pauseUntil']) }),
    ...(isObject(body['schedule']) && { schedule: reader.read(body['schedule'], ['clockedTime']) }),
  };
  reader.refuse();
  return input;
}

/** Replaces dates in ISO text, and gathers those that are none. */
class DateReader {
  readonly #problems: Record<string, string[]> = {};

  read(object: Json, fields: readonly string[]): Json {
    const dates = fields
      .filter((field) => Object.hasOwn(object, field))
      .map((field) => [field, this.#date(object, field)]);
    return { ...object, ...Object.fromEntries(dates) };
  }

  /** @throws InvalidPeriodicTask with every date that is none */
  refuse(): void {
    if (Object.keys(this.#problems).length > 0) throw new InvalidPeriodicTask(this.#problems);
  }

  #date(object: Json, field: string): Date | null {
    const written = object[field];
    if (written === null) return null;
    const date = dateOf(written);
    if (!date) this.#problems[field] = ["Enter a valid date/time, such as '2030-01-31T09:00:00Z'."];
    return date ?? null;
  }
}

function dateOf(text: unknown): Date | undefined {
  try {
    return typeof text === 'string' ? parseIso(text) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
