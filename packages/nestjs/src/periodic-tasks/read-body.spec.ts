import { InvalidPeriodicTask } from '@nestjs-celery/core/periodic-tasks';
import { readBody } from './read-body.js';

describe('readBody', () => {
  it('makes dates of the texts that stand for dates, and leaves everything else', () => {
    const body = {
      name: '2030-01-01',
      args: ['2030-01-01'],
      expires: '2030-01-01T00:00:00+09:00',
      startTime: null,
      pauseUntil: '2030-06-01',
      schedule: { kind: 'clocked', clockedTime: '2031-01-01T00:00:00Z' },
      policy: { jitter: 1, pauseUntil: '2030-07-01T00:00:00Z' },
    };
    expect(readBody(body)).toEqual({
      ...body,
      expires: new Date('2029-12-31T15:00:00Z'),
      pauseUntil: new Date('2030-06-01T00:00:00Z'),
      schedule: { kind: 'clocked', clockedTime: new Date('2031-01-01T00:00:00Z') },
      policy: { jitter: 1, pauseUntil: new Date('2030-07-01T00:00:00Z') },
    });
    expect(readBody({ schedule: 30 })).toEqual({ schedule: 30 });
  });

  it('names every date that is none', () => {
    const read = () => readBody({ expires: 'x', startTime: 1, schedule: { clockedTime: {} } });
    expect(read).toThrow(InvalidPeriodicTask);
    expect(read).toThrow(/expires: Enter a valid.*startTime: Enter.*clockedTime: Enter/);
  });

  it.each([[null], ['text'], [[]], [undefined]])('refuses %j', (body) => {
    expect(() => readBody(body)).toThrow(/body: Send a JSON object/);
  });
});
