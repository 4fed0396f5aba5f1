import { InvalidSchedule } from '../errors/schedule-errors.js';

/** `7`, `'*\/15'`, `'mon-fri'`, `[1, 15]`. A list holds whole numbers only, a text is parsed. */
export type CrontabField = number | string | readonly number[] | ReadonlySet<number>;

/** The fields in the order of a crontab line, with their first and last value. Sunday is 0; there is no 7. */
export const CRONTAB_RANGES = {
  minute: { first: 0, last: 59 },
  hour: { first: 0, last: 23 },
  dayOfMonth: { first: 1, last: 31 },
  monthOfYear: { first: 1, last: 12 },
  dayOfWeek: { first: 0, last: 6 },
} as const;

export type CrontabFieldName = keyof typeof CRONTAB_RANGES;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
/** As in Celery, names are not tied to their field: `mar` is 3 and `mon` is 1 in any of them. */
const NAMES: ReadonlyMap<string, number> = new Map([
  ...MONTHS.map((name, index) => [name, index + 1] as const),
  ...WEEKDAYS.map((name, index) => [name, index] as const),
]);

/** `*`, or `from-to`, or one number; then the slash and the step. Only a lone number may have blanks around it. */
const EXPRESSION = /^(?:(\*)|(\w+)-(\w+)|\s*(\w+)\s*)(?:(\/)(\d*))?$/;

/**
 * The values that a field names, in no certain order. Celery's grammar:
 * `groups := expr (',' expr)*; expr := n | ('*' | n '-' n) ('/' step)?`.
 * A range may wrap (`55-5`, `sat-mon`); a step walks along the wrapped sequence; `*` counts from the field's first value.
 * @throws InvalidSchedule naming the field.
 */
export function parseCrontabField(field: CrontabFieldName, value: CrontabField): number[] {
  if (typeof value === 'string') return value.split(',').flatMap((expression) => expand(field, expression));
  if (typeof value === 'number') return [inRange(field, value)];
  if (!isList(value)) return refuse(field, String(value), 'give a number, a text or a list of numbers');
  const values = Array.from(value, (number) => inRange(field, number));
  return values.length > 0 ? values : refuse(field, '[]', 'an empty list never fires');
}

function expand(field: CrontabFieldName, expression: string): number[] {
  const [match, star, from = '', to = '', only, slash, step] = EXPRESSION.exec(expression) ?? [];
  if (match === undefined) refuse(field, expression, "write '5', '1-5', '*', '*/10' or '8-17/3', joined by commas");
  if (only !== undefined) {
    return slash ? refuse(field, expression, "a step needs '*' or a range before it") : [number(field, only)];
  }
  const { first, last } = CRONTAB_RANGES[field];
  const sequence = star ? range(first, last) : wrap(field, number(field, from), number(field, to));
  return slash ? everyNth(field, expression, sequence, Number(step)) : sequence;
}

function everyNth(field: CrontabFieldName, expression: string, sequence: number[], step: number): number[] {
  if (step < 1) refuse(field, expression, 'a step is a whole number from 1');
  return sequence.filter((_, index) => index % step === 0);
}

/** `55-5` runs over the end: 55 … 59, 0 … 5. */
function wrap(field: CrontabFieldName, from: number, to: number): number[] {
  const { first, last } = CRONTAB_RANGES[field];
  return to < from ? [...range(from, last), ...range(first, to)] : range(from, to);
}

function number(field: CrontabFieldName, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : valueOfName(text);
  if (value === undefined) refuse(field, text, 'it is neither a number nor a month nor a weekday');
  return inRange(field, value);
}

/** The first three letters decide: `Monday`, `sept`, `thurs`. */
function valueOfName(text: string): number | undefined {
  return /^[a-z]{3,}$/i.test(text) ? NAMES.get(text.slice(0, 3).toLowerCase()) : undefined;
}

function inRange(field: CrontabFieldName, value: number): number {
  const { first, last } = CRONTAB_RANGES[field];
  if (Number.isInteger(value) && value >= first && value <= last) return value;
  return refuse(field, String(value), `it takes whole numbers from ${first} to ${last}`);
}

export function isList(value: unknown): value is readonly number[] | ReadonlySet<number> {
  return Array.isArray(value) || value instanceof Set;
}

function range(from: number, to: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value++) values.push(value);
  return values;
}

function refuse(field: CrontabFieldName, value: string, why: string): never {
  throw new InvalidSchedule(field, `crontab: ${field}: '${value}' is refused: ${why}.`);
}
