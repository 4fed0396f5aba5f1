import { CronPattern } from './cron-pattern.js';
import { nextByWall } from './dst-policies.js';
import { zoneOf } from './zone.js';

it('searches once for an hourly reading that is rare, however often the clocks change until then', () => {
  const pattern = new CronPattern('0 * * 2 1#5');
  let searches = 0;
  const counted = {
    isHourly: true,
    next: (wall: number) => {
      searches += 1;
      return pattern.next(wall);
    },
  };
  const next = nextByWall(counted, zoneOf('Europe/Berlin'), Date.UTC(2026, 2, 1));
  expect(new Date(next ?? NaN)).toEqual(new Date('2044-02-28T23:00:00Z'));
  expect(searches).toBe(1);
});

it('searches again for readings that the clocks show again', () => {
  const halfPast = new CronPattern('30 * * * *');
  const next = nextByWall(halfPast, zoneOf('Europe/London'), Date.parse('2026-10-25T00:45:00Z'));
  expect(new Date(next ?? NaN)).toEqual(new Date('2026-10-25T01:30:00Z'));
});
