/** An ISO 8601 date and time, taken apart; the offset is null when the text does not give one (Python: naive). */
export interface IsoParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
  /** Seconds east of UTC. */
  offset: number | null;
}

export type IsoTime = Pick<IsoParts, 'hour' | 'minute' | 'second' | 'microsecond' | 'offset'>;

/** Calendar, week and ordinal dates, extended and basic, in the order in which dateutil tries them. */
const DATE =
  /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-(\d\d)$|-(\d{3})|(\d{3})|-W(\d\d)(?:-(\d)|$)|W(\d\d)(?:(\d)|$)|$)/;
const TIME =
  /^(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?|(\d\d)(?:(\d\d)(?:[.,](\d+))?)?)?([Zz]|[+-]\d\d(?::?\d\d(?::\d\d)?)?)?$/;
const OFFSET = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/;

const MIDNIGHT: IsoTime = { hour: 0, minute: 0, second: 0, microsecond: 0, offset: null };

/**
 * Takes apart what dateutil's `isoparse` accepts: dates in every ISO form, any one character before the time, `Z` or an offset,
 * 24:00, fractions of which more than six digits are cut. Undefined for anything else, and for a date that does not exist.
 */
export function isoParts(text: string): IsoParts | undefined {
  const date = DATE.exec(text);
  if (!date) return undefined;
  const rest = text.slice(date[0].length);
  const time = rest === '' ? MIDNIGHT : isoTime(rest.slice(1));
  const day = time && calendarDay(date);
  if (!day) return undefined;
  if (time.hour < 24) return withTime(day, time);
  return withTime(new Date(day.getTime() + 86_400_000), { ...time, hour: 0 });
}

/** A time of day: `hh`, `hh:mm`, `hh:mm:ss`, `hh:mm:ss.ffffff`, or the same without colons, with or without an offset. */
export function isoTime(text: string): IsoTime | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, hour, minute, second, fraction, basicMinute, basicSecond, basicFraction, zone] = match;
  const time = {
    hour: Number(hour),
    minute: Number(minute ?? basicMinute ?? 0),
    second: Number(second ?? basicSecond ?? 0),
    microsecond: microseconds(fraction ?? basicFraction),
    offset: zone === undefined ? null : offsetSeconds(zone),
  };
  return isTimeOfDay(time) ? time : undefined;
}

function isTimeOfDay({ hour, minute, second, microsecond, offset }: IsoTime): boolean {
  if (Number.isNaN(offset)) return false;
  if (hour === 24) return minute === 0 && second === 0 && microsecond === 0;
  return hour < 24 && minute < 60 && second < 60;
}

function microseconds(fraction = ''): number {
  return Number(fraction.slice(0, 6).padEnd(6, '0'));
}

function offsetSeconds(zone: string): number {
  const match = OFFSET.exec(zone);
  if (!match) return 0;
  const [, sign, hours, minutes = 0, seconds = 0] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return Number.NaN;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' && total > 0 ? -total : total;
}

function withTime(day: Date, time: IsoTime): IsoParts | undefined {
  const year = day.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  return { year, month: day.getUTCMonth() + 1, day: day.getUTCDate(), ...time };
}

function calendarDay(match: RegExpExecArray): Date | undefined {
  const [, year, m1, d1, m2, d2, m3, o1, o2, w1, k1, w2, k2] = match;
  if (o1 ?? o2) return ordinalDay(Number(year), Number(o1 ?? o2));
  if (w1 ?? w2) return weekDay(Number(year), Number(w1 ?? w2), Number(k1 ?? k2 ?? 1));
  const month = Number(m1 ?? m2 ?? m3 ?? 1);
  const day = Number(d1 ?? d2 ?? 1);
  const date = utcDay(Number(year), month, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}

function ordinalDay(year: number, ordinal: number): Date | undefined {
  const date = utcDay(year, 1, ordinal);
  return ordinal > 0 && date.getUTCFullYear() === year ? date : undefined;
}

/** Week 1 is the one that holds January 4th. */
function weekDay(year: number, week: number, day: number): Date | undefined {
  if (week < 1 || week > 53 || day < 1 || day > 7) return undefined;
  const weekdayOfJanuary4 = (utcDay(year, 1, 4).getUTCDay() + 6) % 7;
  return utcDay(year, 1, 4 - weekdayOfJanuary4 + (week - 1) * 7 + day - 1);
}

/** `Date.UTC` would read the years 0 to 99 as 1900 to 1999. */
function utcDay(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}
