import { ImproperlyConfigured } from '@nestjs-celery/core';
import { parseBeatFlags } from './beat-flags.js';

describe('parseBeatFlags', () => {
  it('gives nothing when nothing was given', () => {
    expect(parseBeatFlags([])).toEqual({});
  });

  it("reads every flag of a usual command line of Celery's", () => {
    const line = '-S django -s run/schedule.json --pidfile run/beat.pid --max-interval 7 -l info -q';
    expect(parseBeatFlags(line.split(' '))).toEqual({
      scheduler: 'django',
      schedule: 'run/schedule.json',
      pidfile: 'run/beat.pid',
      maxInterval: 7,
      loglevel: 'INFO',
      quiet: true,
    });
  });

  it('reads the long names, and an empty pidfile as none', () => {
    const scheduler = 'django_celery_beat.schedulers:DatabaseScheduler';
    expect(parseBeatFlags([`--scheduler=${scheduler}`, '--schedule=x', '--pidfile=', '--loglevel=DEBUG'])).toEqual({
      scheduler,
      schedule: 'x',
      pidfile: '',
      loglevel: 'DEBUG',
    });
  });

  it('takes a longest sleep of 0, which is the default, as in Celery', () => {
    expect(parseBeatFlags(['--max-interval', '0'])).toEqual({ maxInterval: 0 });
  });

  it.each([[['--detach']], [['--max-interval', '-1']], [['-l', 'loud']], [['-s']]])('refuses %j', (argv) => {
    expect(() => parseBeatFlags(argv)).toThrow(ImproperlyConfigured);
  });
});
