import { FIRST_DATE, LAST_DATE } from '@nestjs-celery/core';
import { toDate, toTime, toTimeOrNull } from './time-sql.js';

const [BEFORE_ALL, AFTER_ALL] = [new Date('-000001-01-01T00:00:00Z'), new Date('+010240-01-01T00:00:00Z')];

it('writes every date of the calendar as it is', () => {
  expect(toTime(FIRST_DATE)).toBe('0001-01-01T00:00:00.000Z');
  expect(toTime(LAST_DATE)).toBe('9999-12-31T23:59:59.999Z');
  expect(toTime(null)).toBeNull();
});

it('writes dates beyond it as infinite, which PostgreSQL takes, or as none', () => {
  expect([toTime(BEFORE_ALL), toTime(AFTER_ALL)]).toEqual(['-infinity', 'infinity']);
  expect([AFTER_ALL, new Date(NaN), null].map(toTimeOrNull)).toEqual([null, null, null]);
});

it('reads what is infinite as the first date, or the last', () => {
  expect([-Infinity, Infinity, AFTER_ALL.getTime()].map(toDate)).toEqual([FIRST_DATE, LAST_DATE, LAST_DATE]);
  expect(toDate(0)).toEqual(new Date(0));
});
