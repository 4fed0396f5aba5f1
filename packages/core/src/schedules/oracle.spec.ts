import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crontab } from './crontab.js';
import type { CrontabOptions, CrontabZone } from './crontab-options.js';
import { interval } from './interval.js';
import type { IntervalPeriod } from './interval-options.js';
import type { DueState } from './schedule.js';
import { solar } from './solar.js';
import type { SolarEvent } from './solar-events.js';

const ORACLE = fileURLToPath(new URL('../../../../test/data/oracle/', import.meta.url));

interface Case {
  readonly id: string;
  readonly last_run_at: string;
  readonly next?: string | null;
  readonly next_check?: string;
}

interface CrontabCase extends Case {
  readonly minute: string;
  readonly hour: string;
  readonly day_of_month: string;
  readonly month_of_year: string;
  readonly day_of_week: string;
  readonly timezone: string;
  readonly dst: boolean;
  readonly dst_strict?: boolean;
  readonly next_wall?: string | null;
}

interface DueCase extends Case {
  readonly now: string;
  readonly timezone: string;
  readonly deadline?: number | null;
  readonly dst: boolean;
}

interface IntervalCase extends DueCase {
  readonly every: number;
  readonly period: IntervalPeriod;
  readonly relative: boolean;
}

interface SolarCase extends Case {
  readonly event: SolarEvent;
  readonly lat: number;
  readonly lon: number;
}

type Answer = { next: string | null } | { error: string } | { is_due: boolean; check_in_s: number };

function casesOf<T extends Case>(name: string): readonly T[] {
  return (JSON.parse(readFileSync(join(ORACLE, `${name}.json`), 'utf8')) as { cases: T[] }).cases;
}

function attempt(answer: () => Answer): Answer {
  try {
    return answer();
  } catch (error) {
    return { error: (error as { code: string }).code };
  }
}

const nextOf = (next: Date | undefined) => ({ next: next?.toISOString() ?? null });
const dueOf = ({ isDue, next }: DueState) => ({ is_due: isDue, check_in_s: next });

function crontabOf(fields: CrontabCase, zone: CrontabZone = {}) {
  const {
    minute,
    hour,
    day_of_month: dayOfMonth,
    month_of_year: monthOfYear,
    day_of_week: dayOfWeek,
    timezone,
  } = fields;
  const options: CrontabOptions = { minute, hour, dayOfMonth, monthOfYear, dayOfWeek, timezone };
  return crontab({ ...options, ...zone });
}

/** What `judge.py` says of a file of cases: for each kind `[right, all]`. */
function judge<T extends Case>(name: string, answerTo: (one: T) => Answer, cases = casesOf<T>(name)) {
  const answers = Object.fromEntries(cases.map((one) => [one.id, attempt(() => answerTo(one))]));
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  try {
    const files = [join(folder, 'cases.json'), join(folder, 'answers.json')] as const;
    writeFileSync(files[0], JSON.stringify({ cases }));
    writeFileSync(files[1], JSON.stringify(answers));
    const output = execFileSync('python3', [join(ORACLE, 'judge.py'), ...files], { encoding: 'utf8' });
    const scores = [...output.matchAll(/^(.+?) +(\d+)\/(\d+)$/gm)];
    return Object.fromEntries(scores.map(([, kind = '', right, all]) => [kind, [Number(right), Number(all)]]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const allOf = (count: number) => [count, count];
const nextCrontab = (one: CrontabCase) => nextOf(crontabOf(one).next(new Date(one.last_run_at)));

describe('schedules beside Celery, by its judge', () => {
  it('gives the next time of a crontab, refuses what is refused, and in a missing or repeated hour does as Celery or the wall clock', () => {
    expect(judge<CrontabCase>('crontab', nextCrontab)).toEqual({
      boundary: allOf(120),
      dom_and_dow: allOf(76),
      dst: allOf(16),
      'dst strict': allOf(303),
      'dst loose: Celery or wall clock': allOf(95),
      'dst loose: as Celery': [67, 95],
      general: allOf(849),
      invalid: allOf(130),
      month_end: allOf(135),
      never: allOf(4),
      odd: allOf(17),
      quirk: allOf(15),
      syntax: allOf(200),
      typed: allOf(40),
    });
  });

  /** Celery, started within the second pass of a repeated hour, answers with the first pass, which is over: there the clock on the wall is right. */
  it('does as Celery in a missing or repeated hour, unless that would be in the past', () => {
    const loose = casesOf<CrontabCase>('crontab').filter(({ dst, dst_strict, next }) => dst && !dst_strict && next);
    const wrong = loose.filter((one) => {
      const past = new Date(one.next ?? NaN) <= new Date(one.last_run_at);
      return nextCrontab(one).next !== new Date((past ? one.next_wall : one.next) ?? NaN).toISOString();
    });
    expect(wrong).toEqual([]);
    expect(loose.length).toBeGreaterThanOrEqual(95);
  });

  /** `misses`: Celery, asked on a later day, passes over for good what was due; here it is made up for. */
  it('says whether a crontab is due, with and without a deadline', () => {
    const scores = judge<CrontabCase & DueCase>('crontab-isdue', (one) => {
      const deadline = one.deadline ?? undefined;
      return dueOf(crontabOf(one).isDue(new Date(one.last_run_at), new Date(one.now), { deadline }));
    });
    expect(scores).toEqual({ due: allOf(455), dst: allOf(10), misses: [0, 35] });
  });

  /** `dst`: Celery adds on the wall clock, an interval of ours is elapsed time. */
  it('says whether an interval is due, if that is not decided within a millisecond, which a Date has not', () => {
    const coarse = casesOf<IntervalCase>('interval').filter((one) => !isFinerThanDate(one));
    expect(judge<IntervalCase>('interval', dueOfInterval, coarse)).toEqual({ due: allOf(358), dst: [4, 11] });
    expect(judge<IntervalCase>('interval', dueOfInterval)).toEqual({ due: [440, 489], dst: [4, 11] });
  });

  /** The circumpolar ones have a next event, days or months away; Celery raises TypeError, and means to look again at `next_check`. */
  it('gives the next event of the sun, also where it does not come every day', () => {
    expect(judge<SolarCase>('solar', nextSolar)).toEqual({
      solar: allOf(393),
      circumpolar: allOf(85),
      invalid: allOf(22),
    });
  });

  it('is never due at a time to look again, where the sun does not cross that day', () => {
    const checks = casesOf<SolarCase>('solar').filter(({ next_check: check }) => check);
    const early = checks.filter((one) => {
      const wait = Date.parse(nextSolar(one).next ?? '') - Date.parse(one.next_check ?? '');
      return Math.abs(wait) < 120_000;
    });
    expect(early).toEqual([]);
    expect(checks.length).toBe(85);
  });
});

function dueOfInterval({ every, period, relative, timezone, last_run_at: last, now }: IntervalCase) {
  return dueOf(interval({ every, period, relative, timezone }).isDue(new Date(last), new Date(now)));
}

function nextSolar({ event, lat, lon, last_run_at: last }: SolarCase) {
  return nextOf(solar(event, lat, lon).next(new Date(last)));
}

function isFinerThanDate({ last_run_at: last, now, next }: IntervalCase): boolean {
  const isFine = [last, now, next].some((text) => /\.\d{3}(?!000)\d{3}/.test(text ?? ''));
  return isFine && Math.abs(Date.parse(next ?? '') - Date.parse(now)) <= 1;
}
