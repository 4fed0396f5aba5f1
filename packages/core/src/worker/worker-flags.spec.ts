import { ImproperlyConfigured } from '../errors/config-errors.js';
import { parseWorkerFlags } from './worker-flags.js';

describe('parseWorkerFlags', () => {
  it('gives nothing when nothing was given', () => {
    expect(parseWorkerFlags([])).toEqual({});
  });

  it.each([[['-Q', 'mail,celery']], [['-Qmail,celery']], [['--queues=mail,celery']], [['--queues', 'mail,celery']]])(
    'reads queues written as %j',
    (argv) => {
      expect(parseWorkerFlags(argv)).toEqual({ queues: ['mail', 'celery'] });
    },
  );

  it('reads every flag of a usual command line', () => {
    const line = '-X slow -c 8 -n w1@%h -l INFO -P solo -B -E --prefetch-multiplier 1 --purge -O fair -q';
    expect(parseWorkerFlags(line.split(' '))).toEqual({
      excludeQueues: ['slow'],
      concurrency: 8,
      hostname: 'w1@%h',
      loglevel: 'INFO',
      pool: 'solo',
      beat: true,
      taskEvents: true,
      prefetchMultiplier: 1,
      purge: true,
      quiet: true,
    });
  });

  it.each([[['-S', 'run/%n.state']], [['--statedb=run/%n.state']]])('reads the state file of %j', (argv) => {
    expect(parseWorkerFlags(argv)).toEqual({ stateDb: 'run/%n.state' });
  });

  it.each([[['-s', 'run/beat.json']], [['--schedule=run/beat.json']], [['--schedule-filename', 'run/beat.json']]])(
    'reads the file of an embedded beat in %j',
    (argv) => {
      expect(parseWorkerFlags(['-B', '--scheduler', 'file', ...argv])).toEqual({
        beat: true,
        scheduler: 'file',
        schedule: 'run/beat.json',
      });
    },
  );

  it('reads what concerns the children of a pool', () => {
    const line = '--autoscale=10,3 --max-tasks-per-child 100 --max-memory-per-child=200000';
    expect(parseWorkerFlags(line.split(' '))).toEqual({
      autoscale: { max: 10, min: 3 },
      maxTasksPerChild: 100,
      maxMemoryPerChild: 200_000,
    });
  });

  it('reads flags that were run together, as click does', () => {
    expect(parseWorkerFlags(['-BEc8', '-ldebug'])).toEqual({
      beat: true,
      taskEvents: true,
      concurrency: 8,
      loglevel: 'DEBUG',
    });
  });

  it('reads --without-gossip, --without-mingle, --without-heartbeat and the synonyms --discard and --events', () => {
    expect(
      parseWorkerFlags(['--without-gossip', '--without-mingle', '--without-heartbeat', '--discard', '--events']),
    ).toEqual({ withoutGossip: true, withoutMingle: true, withoutHeartbeat: true, purge: true, taskEvents: true });
  });

  it.each([
    ['prefork', 'process'],
    ['processes', 'process'],
    ['eventlet', 'async'],
    ['gevent', 'async'],
    ['async', 'async'],
    ['threads', 'threads'],
    ['solo', 'solo'],
  ])('takes the pool %s for %s', (celery, ours) => {
    expect(parseWorkerFlags(['-P', celery])).toEqual({ pool: ours });
  });

  it.each([
    ['WARN', 'WARNING'],
    ['warning', 'WARNING'],
    ['FATAL', 'CRITICAL'],
  ])('takes the level %s for %s', (written, level) => {
    expect(parseWorkerFlags(['-l', written])).toEqual({ loglevel: level });
  });

  it.each([
    [['--conccurrency=3'], /Unknown option '--conccurrency'/],
    [['-Z'], /Unknown option '-Z'/],
    [['--detach'], /Unknown option '--detach'. The flags are -Q\/--queues/],
    [['--autoscale', '3,10'], /--autoscale '3,10': give the most and the least/],
    [['--max-tasks-per-child=0'], /--max-tasks-per-child '0': give a whole number, 1 or more/],
    [['--max-memory-per-child=1GB'], /--max-memory-per-child '1GB'/],
    [['worker'], /Unexpected argument 'worker'/],
    [['-c'], /'-c, --concurrency <value>' argument missing/],
    [['--beat=yes'], /'-B, --beat' does not take an argument/],
    [['-c', 'many'], /-c\/--concurrency 'many': give a whole number, 1 or more/],
    [['-c', '0'], /-c\/--concurrency '0'/],
    [['--prefetch-multiplier=1.5'], /--prefetch-multiplier '1.5'/],
    [['-Q', 'a,,b'], /-Q\/--queues 'a,,b'/],
    [['-Q', ''], /-Q\/--queues ''/],
    [['-l', 'loud'], /-l\/--loglevel 'loud': one of debug, info/],
    [['-P', 'toString'], /-P\/--pool 'toString': one of prefork/],
  ])('refuses %j in one clear sentence', (argv, message) => {
    expect(() => parseWorkerFlags(argv)).toThrow(ImproperlyConfigured);
    expect(() => parseWorkerFlags(argv)).toThrow(message);
  });
});
