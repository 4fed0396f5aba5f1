import { FIRST_DATE, LAST_DATE } from '@nestjs-celery/core';

const [FIRST, LAST] = [FIRST_DATE.getTime(), LAST_DATE.getTime()];

/** A time as a number, in milliseconds since 1970, so that no type parser of the application's comes between. */
export function millis(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

/** PostgreSQL's `infinity`, and years that Python does not know, become the last date, or the first. */
export function toDate(milliseconds: number | null): Date | null {
  if (milliseconds === null) return null;
  return new Date(Math.max(FIRST, Math.min(LAST, milliseconds)));
}

/** As a parameter. */
export function toTime(date: Date | null): string | null {
  if (date === null) return null;
  if (date < FIRST_DATE) return '-infinity';
  return date > LAST_DATE ? 'infinity' : date.toISOString();
}

/** As a parameter for a column that says null where the date is beyond all, or none at all. */
export function toTimeOrNull(date: Date | null): string | null {
  return date !== null && date <= LAST_DATE ? toTime(date) : null;
}
