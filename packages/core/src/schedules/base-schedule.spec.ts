import { BaseSchedule, NEVER_CHECK } from './base-schedule.js';

/** At each of some seconds since 1970. */
class At extends BaseSchedule {
  readonly #seconds: readonly number[];

  constructor(...seconds: number[]) {
    super();
    this.#seconds = seconds;
  }

  next(after: Date): Date | undefined {
    const next = this.#seconds.find((second) => second * 1000 > after.getTime());
    return next === undefined ? undefined : new Date(next * 1000);
  }

  describe(): string {
    return `at ${this.#seconds.join(', ')}`;
  }
}

const at = (second: number) => new Date(second * 1000);

describe('BaseSchedule', () => {
  it('is not due before its next time, and says how long that is', () => {
    expect(new At(10, 20).isDue(at(0), at(4))).toEqual({ isDue: false, next: 6 });
  });

  it('is due from its next time on, once for all that was missed, and next counted from now', () => {
    expect(new At(10, 20).isDue(at(0), at(10))).toEqual({ isDue: true, next: 10 });
    expect(new At(10, 20, 30).isDue(at(0), at(24))).toEqual({ isDue: true, next: 6 });
  });

  it('has done when there is no next time', () => {
    expect(new At(10).isDue(at(10), at(12))).toEqual({ isDue: false, next: NEVER_CHECK });
    expect(new At(10).isDue(at(0), at(12))).toEqual({ isDue: true, next: NEVER_CHECK });
  });

  it('is not due when the latest of what was missed is past the deadline', () => {
    const schedule = new At(10, 20, 30);
    expect(schedule.isDue(at(0), at(24), { deadline: 4 })).toEqual({ isDue: true, next: 6 });
    expect(schedule.isDue(at(0), at(24), { deadline: 3 })).toEqual({ isDue: false, next: 6 });
    expect(schedule.isDue(at(20), at(24), { deadline: 60 })).toEqual({ isDue: false, next: 6 });
  });

  it('needs no time zone, and equals what describes itself the same', () => {
    const schedule = new At(10);
    expect(schedule.resolve({ timezone: 'Asia/Seoul' })).toBe(schedule);
    expect(schedule.equals(new At(10))).toBe(true);
    expect(schedule.equals(new At(11))).toBe(false);
  });
});
