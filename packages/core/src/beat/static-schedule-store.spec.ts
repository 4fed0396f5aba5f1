import { crontab } from '../schedules/crontab.js';
import { StaticScheduleStore } from './static-schedule-store.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const config = (beatSchedule: Record<string, unknown>) => ({
  timezone: 'Asia/Seoul',
  beatSchedule: beatSchedule as never,
});

describe('StaticScheduleStore', () => {
  it('gives the entries of beatSchedule and those that were declared, counting from now', async () => {
    const store = new StaticScheduleStore(
      config({ add: { task: 'math.add', schedule: 30, args: [2, 3], kwargs: { z: 1 }, options: { queue: 'mail' } } }),
      [{ name: 'nightly', task: 'reports.nightly', schedule: crontab({ minute: 0, hour: 4 }) }],
    );
    const [add, nightly, ...rest] = await store.load(NOW);
    expect(rest).toEqual([]);
    expect(add).toEqual(
      expect.objectContaining({
        name: 'add',
        task: 'math.add',
        args: [2, 3],
        kwargs: { z: 1 },
        options: { queue: 'mail' },
      }),
    );
    expect(nightly).toEqual(
      expect.objectContaining({ args: [], kwargs: {}, options: {}, lastRunAt: NOW, totalRunCount: 0 }),
    );
  });

  it("gives a schedule without a zone the application's", async () => {
    const store = new StaticScheduleStore(
      config({ nightly: { task: 't', schedule: crontab({ minute: 0, hour: 4 }) } }),
    );
    const [nightly] = await store.load(NOW);
    expect(nightly?.schedule.next(NOW)).toEqual(new Date('2026-01-01T19:00:00Z'));
  });

  it('takes keyword arguments from the options, as applyAsync() does', async () => {
    const store = new StaticScheduleStore(config({ add: { task: 't', schedule: 1, options: { kwargs: { x: 1 } } } }));
    expect((await store.load(NOW))[0]?.kwargs).toEqual({ x: 1 });
  });

  it("takes Celery's names of the options", async () => {
    const options = { routing_key: 'k', expires: 5 };
    const store = new StaticScheduleStore(config({ add: { task: 't', schedule: 1, options } }));
    expect((await store.load(NOW))[0]?.options).toEqual({ routingKey: 'k', expires: 5 });
  });

  it.each([
    [
      'a schedule that is none',
      { task: 't', schedule: '* * * * *' },
      "The beat entry 'bad' cannot be used: schedule: ",
    ],
    ['an interval of nothing', { task: 't', schedule: 0 }, "The beat entry 'bad' cannot be used: interval: seconds: "],
    ['no task', { schedule: 1 }, "The beat entry 'bad' cannot be used: task: "],
    ['args that are no list', { task: 't', schedule: 1, args: 'ab' }, "The beat entry 'bad' cannot be used: args: "],
    [
      'an option that is not known',
      { task: 't', schedule: 1, options: { queu: 'q' } },
      "The beat entry 'bad' cannot be used: options: unknown option 'queu': did you mean 'queue'?",
    ],
    [
      'a retry policy that is not known',
      { task: 't', schedule: 1, options: { retryPolicy: { retries: 1 } } },
      "The beat entry 'bad' cannot be used: options.retryPolicy: unknown option 'retries'",
    ],
    ['a field that is not known', { task: 't', schedule: 1, arg: [] }, "The beat entry 'bad' cannot be used: arg: "],
  ])('refuses %s, naming the entry', (_, entry, message) => {
    expect(() => new StaticScheduleStore(config({ bad: entry }))).toThrow(
      expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED', message: expect.stringContaining(message) }),
    );
  });

  it('refuses two entries of one name', () => {
    const declared = [{ name: 'add', task: 'other.add', schedule: 5 }];
    expect(() => new StaticScheduleStore(config({ add: { task: 'math.add', schedule: 30 } }), declared)).toThrow(
      "Two beat entries are named 'add': one sends math.add, the other other.add.",
    );
  });
});
