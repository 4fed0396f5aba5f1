import type { CronExpression } from 'cron-parser';
import { InvalidSchedule } from '../errors/schedule-errors.js';
import { reasonOf } from '../errors/reason-of.js';
import { cronParser } from './libraries.js';

type Parser = ReturnType<typeof cronParser>['CronExpressionParser'];

const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'monthOfYear', 'dayOfWeek'] as const;
/** One word for all fields; `@reboot` is no schedule. */
const NAMES = '@yearly @annually @monthly @weekly @weekdays @weekends @daily @hourly @minutely @secondly'.split(' ');
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
  const { CronExpressionParser: parser } = cronParser();
  try {
    const expression = parse(parser, fields);
    expression.next();
    return expression;
  } catch (error) {
    return refuse(text, faultIn(parser, fields), reasonOf(error).replace(/\.$/, ''), { cause: error });
  }
}

/** In UTC always: of the clocks of other zones cron-parser loses some (half an hour left out, Lord Howe). */
function parse(parser: Parser, fields: readonly string[]): CronExpression {
  return parser.parse(fields.join(' '), { tz: 'UTC', currentDate: LONG_AGO });
}

function fieldsOf(text: string): string[] {
  const fields = typeof text === 'string' ? text.trim().split(/\s+/) : [];
  const isName = fields.length === 1 && NAMES.includes(fields[0] ?? '');
  if (!isName && fields.length !== 5 && fields.length !== 6) {
    refuse(text, 'cron', `give five fields, six with seconds in front, or one of ${NAMES.join(', ')}`);
  }
  return fields;
}

/** The field that is refused on its own too. If none is, their dates never come together (31 February). */
function faultIn(parser: Parser, fields: readonly string[]): string {
  if (fields.length === 1) return 'cron';
  const faulty = fields.findIndex((_, index) => !canBe(parser, alone(fields, index)));
  return faulty < 0 ? 'dayOfMonth' : nameOf(fields, faulty);
}

const alone = (fields: readonly string[], index: number): string[] =>
  fields.map((field, other) => (other === index ? field : '*'));

function canBe(parser: Parser, fields: readonly string[]): boolean {
  try {
    parse(parser, fields);
    return true;
  } catch {
    return false;
  }
}

function nameOf(fields: readonly string[], index: number): string {
  return FIELDS.at(index - fields.length) ?? 'cron';
}

function refuse(text: string, field: string, why: string, options?: ErrorOptions): never {
  throw new InvalidSchedule(field, `cron: ${field}: '${String(text)}' is refused: ${why}.`, options);
}
