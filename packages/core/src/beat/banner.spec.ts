import { beatBanner } from './banner.js';

describe('beatBanner', () => {
  it("has the form of Celery's", () => {
    const fields = {
      version: '0.1.0',
      startedAt: new Date('2026-07-17T02:04:00Z'),
      timezone: 'Asia/Seoul',
      broker: 'amqp://guest:**@localhost:5672//',
      scheduler: 'file celerybeat-schedule.json',
      logLevel: 'info',
      maxInterval: 300,
    };
    expect(beatBanner(fields).split('\n')).toEqual([
      'celery beat (nestjs-celery v0.1.0) is starting.',
      'LocalTime -> 2026-07-17 11:04:00 Asia/Seoul',
      'Configuration ->',
      '    . broker -> amqp://guest:**@localhost:5672//',
      '    . scheduler -> file celerybeat-schedule.json',
      '    . logfile -> [stderr]@%INFO',
      '    . maxinterval -> 5 minutes (300s)',
    ]);
  });
});
