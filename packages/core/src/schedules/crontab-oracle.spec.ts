import { readFileSync } from 'node:fs';
import { crontab } from './crontab.js';
import type { CrontabOptions } from './crontab.js';

interface CrontabCase {
  id: string;
  kind:
    | 'error'
    | 'quirk'
    | 'loose'
    | 'dst'
    | 'general'
    | 'syntax'
    | 'boundary'
    | 'month_end'
    | 'dom_and_dow'
    | 'odd'
    | 'typed'
    | 'never';
  fields: CrontabOptions;
  timezone: string;
  after: string;
  next?: string;
  nextWall?: string | null;
  error?: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../test/data/oracle/crontab.json', import.meta.url), 'utf8'),
) as { cases: CrontabCase[] };

/** Our answer as an instant, or the code of the refusal. */
function answer({ fields, timezone, after }: CrontabCase): string | undefined {
  try {
    return crontab({ ...fields, timezone })
      .next(new Date(after))
      ?.toISOString();
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

const instant = (text: string | null | undefined) => (text ? new Date(text).toISOString() : undefined);
const kinds = [...new Set(cases.map(({ kind }) => kind))];
const ordinary = kinds.filter((kind) => kind !== 'error' && kind !== 'quirk' && kind !== 'loose');

describe('crontab beside Celery', () => {
  it.each(ordinary)('gives the same next time in every case of %s', (kind) => {
    const wrong = cases.filter((one) => one.kind === kind && answer(one) !== instant(one.next));
    expect(wrong).toEqual([]);
  });

  it('refuses what Celery refuses, when it is made', () => {
    const wrong = cases.filter((one) => one.kind === 'error' && answer(one) !== 'IMPROPERLY_CONFIGURED');
    expect(wrong).toEqual([]);
  });

  it('either refuses what is outside the written grammar or gives the same next time', () => {
    const wrong = cases.filter(
      (one) => one.kind === 'quirk' && answer(one) !== 'IMPROPERLY_CONFIGURED' && answer(one) !== instant(one.next),
    );
    expect(wrong).toEqual([]);
  });

  /** Celery, started within the second pass of a repeated hour, answers with the first pass, which is over: there the clock on the wall is right. */
  it('does as Celery in a missing or a repeated hour, unless that would be in the past', () => {
    const wrong = cases.filter((one) => {
      if (one.kind !== 'loose') return false;
      const past = new Date(one.next ?? NaN) <= new Date(one.after);
      return answer(one) !== instant(past ? one.nextWall : one.next);
    });
    expect(wrong).toEqual([]);
  });

  it('was asked about all of it', () => {
    expect(cases.length).toBeGreaterThan(1100);
    expect(kinds.toSorted()).toEqual([
      'boundary',
      'dom_and_dow',
      'dst',
      'error',
      'general',
      'loose',
      'month_end',
      'never',
      'odd',
      'quirk',
      'syntax',
      'typed',
    ]);
  });
});
