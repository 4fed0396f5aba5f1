import type { CronExpression } from 'cron-parser';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { cronParser } from './libraries.js';

const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'monthOfYear', 'dayOfWeek'] as const;
/** Jenkins' `H`, which cron-parser draws by lot. */
const HASHED = /(?:^|,)H/;
/** From here on every date that comes at all comes within what cron-parser searches. */
const LONG_AGO = new Date('2000-01-01T00:00:00Z');

/**
 * Compiles standard cron text.
 * @throws InvalidSchedule naming the field, or 'cron' when it is the text as a whole.
 */
export function parseCron(text: string): CronExpression {
  const fields = fieldsOf(text);
  const hashed = fields.findIndex((field) => HASHED.test(field));
  if (hashed >= 0) refuse(text, nameOf(fields, hashed), 'H is another minute in each process: write the number');
  try {
    const expression = parse(fields);
    expression.next();
    return expression;
  } catch (error) {
    return refuse(text, faultIn(fields), textOf(error), { cause: error });
  }
}

/** In UTC always: of the clocks of other zones cron-parser loses some (half an hour left out, Lord Howe). */
function parse(fields: readonly string[]): CronExpression {
  const options = { tz: 'UTC', currentDate: LONG_AGO };
  return cronParser().CronExpressionParser.parse(fields.join(' '), options);
}

function fieldsOf(text: string): string[] {
  const fields = typeof text === 'string' ? text.trim().split(/\s+/) : [];
  const isAlias = fields.length === 1 && text.trim().startsWith('@');
  if (!isAlias && fields.length !== 5 && fields.length !== 6) {
    refuse(text, 'cron', "give five fields, six with seconds in front, or a name such as '@daily'");
  }
  return fields;
}

/** The field that is refused on its own too. If none is, their dates never come together (31 February). */
function faultIn(fields: readonly string[]): string {
  if (fields.length === 1) return 'cron';
  const faulty = fields.findIndex((field, index) => !canBe(fields.map((_, other) => (other === index ? field : '*'))));
  return faulty < 0 ? 'dayOfMonth' : nameOf(fields, faulty);
}

function canBe(fields: readonly string[]): boolean {
  try {
    parse(fields);
    return true;
  } catch {
    return false;
  }
}

function nameOf(fields: readonly string[], index: number): string {
  return FIELDS.at(index - fields.length) ?? 'cron';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuse(text: string, field: string, why: string, options?: ErrorOptions): never {
  throw new InvalidSchedule(field, `cron: ${field}: '${String(text)}' is refused: ${why}.`, options);
}
