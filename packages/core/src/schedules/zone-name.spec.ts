import { zoneNameProblem } from './zone-name.js';

const NAMES = Intl.supportedValuesOf('timeZone');

describe('the name of a time zone', () => {
  it('is one of the IANA database, in its spelling', () => {
    expect(NAMES.filter((name) => zoneNameProblem(name) !== undefined)).toEqual([]);
    const links =
      'Asia/Kolkata Asia/Calcutta Etc/GMT+9 Etc/UTC UTC GMT GMT0 GB NZ-CHAT EST5EDT W-SU US/Alaska PRC Cuba';
    expect(links.split(' ').filter((name) => zoneNameProblem(name) !== undefined)).toEqual([]);
  });

  it.each([
    ['asia/seoul', 'Asia/Seoul'],
    ['ASIA/SEOUL', 'Asia/Seoul'],
    ['utc', 'UTC'],
    ['america/port_Of_spain', 'America/Port_of_Spain'],
  ])('is not %s, which Node takes and Python does not: the right one is named', (name, right) => {
    expect(zoneNameProblem(name)).toBe(`is spelled '${right}' in the IANA database`);
  });

  it.each(['+09:00', '-03', 'asia/kolkata', 'ASIA/KOLKATA', 'ETC/GMT', 'Etc/GREENWICH', 'JAPAN', 'Us/Alaska', 'Gmt+0'])(
    'is not %s',
    (name) => {
      expect(zoneNameProblem(name)).toMatch(/IANA database/);
    },
  );

  it.each(['CST', 'PST', 'SystemV/PST8PDT', 'US/Pacific-New'])("is not %s, which is ICU's alone", (name) => {
    expect(zoneNameProblem(name)).toMatch(/^is no time zone/);
  });

  it.each([undefined, null, 9, '', 'Asia/Soul', '__proto__'])('is not %p', (name) => {
    expect(zoneNameProblem(name)).toMatch(/^is no time zone/);
  });
});
