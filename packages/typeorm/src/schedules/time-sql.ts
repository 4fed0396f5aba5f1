/** The farthest that a Date can be, in milliseconds. */
const FARTHEST = 8.64e15;

/** A time as a number, in milliseconds since 1970, so that no type parser of the application's comes between. */
export function millis(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`;
}

/** PostgreSQL's `infinity`, and years that JavaScript does not know, become the farthest date. */
export function toDate(milliseconds: number | null): Date | null {
  if (milliseconds === null) return null;
  return new Date(Math.max(-FARTHEST, Math.min(FARTHEST, milliseconds)));
}

/** As a parameter. */
export function toTime(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
