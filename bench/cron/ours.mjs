// node ours.mjs COUNT
import { crontab } from '@nestjs-celery/core/schedules';
import { inTurn } from './in-turn.mjs';

inTurn((line, timezone, from) => {
  const schedule = crontab.fromString(line, { timezone });
  let last = from;
  return {
    restart: () => (last = from),
    next: () => (last = schedule.next(last) ?? from),
  };
});
