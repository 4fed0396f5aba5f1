import { BaseSchedule, clocked, cron, crontab, interval, solar } from 'nestjs-celery';
import type { Schedule } from 'nestjs-celery';

const newYear = new Date('2026-01-01T00:00:00Z');
const seoul = { timezone: 'Asia/Seoul' };

function show(what: string, schedule: Schedule): void {
  console.log(`${what}: ${schedule.next(newYear)?.toISOString() ?? 'never'}`);
}

show('every 90 minutes', interval({ hours: 1, minutes: 30 }));
show('every 10 minutes, as django-celery-beat keeps it', interval({ every: 10, period: 'minutes' }));
show('each quarter of an hour', crontab({ minute: '*/15' }));
show('half past seven on weekdays in Seoul', crontab({ minute: 30, hour: 7, dayOfWeek: 'mon-fri', ...seoul }));
show('the same in five fields', crontab.fromString('30 7 * * mon-fri', seoul));
show('the last day of each month, by standard cron', cron('0 12 L * *'));
show('the third Friday', cron('0 9 * * 5#3', { tz: 'Europe/Berlin' }));
show('once', clocked(new Date('2026-03-01T09:00:00Z')));
show('a clock that has struck', clocked(new Date('2025-01-01T00:00:00Z')));

// the night in which Berlin leaves out 02:00 to 03:00
const night = new Date('2026-03-28T23:00:00Z');
for (const dst of ['celery', 'wall'] as const) {
  const schedule = crontab({ minute: '30', hour: '2', timezone: 'Europe/Berlin', dst });
  console.log(`02:30, dst '${dst}': ${schedule.next(night)?.toISOString()}`);
}

// the sun: to the minute, as a second more or less is the weather's
const sunrise = solar('sunrise', 37.57, 126.98).next(newYear);
console.log(`sunrise in Seoul: ${sunrise?.toISOString().slice(0, 16)}`);

// a schedule of your own
class PayDay extends BaseSchedule {
  /** Noon of the last day of the month that is no Saturday or Sunday. */
  next(after: Date): Date {
    for (let month = after.getUTCMonth(); ; month++) {
      const day = new Date(Date.UTC(after.getUTCFullYear(), month + 1, 0, 12));
      while (day.getUTCDay() % 6 === 0) day.setUTCDate(day.getUTCDate() - 1);
      if (day > after) return day;
    }
  }

  describe(): string {
    return 'pay day';
  }
}

show('pay day', new PayDay());

// what cannot be is refused when it is made
try {
  crontab({ dayOfMonth: 31, monthOfYear: 'feb' });
} catch (error) {
  console.log((error as Error).message);
}

// prints:
// every 90 minutes: 2026-01-01T01:30:00.000Z
// every 10 minutes, as django-celery-beat keeps it: 2026-01-01T00:10:00.000Z
// each quarter of an hour: 2026-01-01T00:15:00.000Z
// half past seven on weekdays in Seoul: 2026-01-01T22:30:00.000Z
// the same in five fields: 2026-01-01T22:30:00.000Z
// the last day of each month, by standard cron: 2026-01-31T12:00:00.000Z
// the third Friday: 2026-01-16T08:00:00.000Z
// once: 2026-03-01T09:00:00.000Z
// a clock that has struck: never
// 02:30, dst 'celery': 2026-03-29T01:30:00.000Z
// 02:30, dst 'wall': 2026-03-29T01:00:00.000Z
// sunrise in Seoul: 2026-01-01T22:47
// pay day: 2026-01-30T12:00:00.000Z
// crontab: dayOfMonth: 31 never comes in monthOfYear 2: these months end at 29.
