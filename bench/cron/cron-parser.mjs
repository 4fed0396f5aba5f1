// node cron-parser.mjs COUNT
import { CronExpressionParser } from 'cron-parser';
import { inTurn } from './in-turn.mjs';

inTurn((line, tz, from) => {
  const expression = CronExpressionParser.parse(line, { tz, currentDate: from });
  return { restart: () => expression.reset(from), next: () => expression.next() };
});
