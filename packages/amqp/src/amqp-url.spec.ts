import { parseAmqpUrls } from './amqp-url.js';
import { safeUrl } from './safe-url.js';
import { hasGlobalPrefetch } from './rabbitmq-version.js';

const one = (url: string, options = {}) => parseAmqpUrls(url, options)[0];

describe('a broker URL', () => {
  it.each([
    [
      'amqp://guest:guest@localhost:5672//',
      { host: '127.0.0.1', port: 5672, vhost: '/', username: 'guest', password: 'guest' },
    ],
    ['amqp://', { host: '127.0.0.1', port: 5672, vhost: '/', username: 'guest', password: 'guest' }],
    ['amqp://host', { host: 'host', vhost: '/' }],
    ['amqp://host/', { vhost: '/' }],
    ['amqp://host/%2F', { vhost: '/' }],
    ['amqp://host/app', { vhost: 'app' }],
    ['amqp://host//app', { vhost: '/app' }],
    ['amqp://host/a%2Fb%20c', { vhost: 'a/b c' }],
    [
      'amqp://us%40er:p%40s%3Ss%2F@host:1234/v'.replace('%3S', '%3A'),
      { username: 'us@er', password: 'p@s:s/', port: 1234 },
    ],
    ['amqp://user@host/', { username: 'user', password: '' }],
    ['amqp://[::1]:5673/v', { host: '::1', port: 5673 }],
    ['pyamqp://host//', { host: 'host', tls: undefined }],
    ['amqps://host//', { port: 5671, tls: {} }],
    ['amqps://localhost//', { host: '127.0.0.1', tls: { servername: 'localhost' } }],
    ['amqp://host//?ssl=true', { port: 5671, tls: {} }],
    ['amqp://host//?ssl=false', { port: 5672, tls: undefined }],
    ['amqps://host//?ssl_cert_reqs=CERT_NONE', { tls: { rejectUnauthorized: false } }],
    [
      'amqps://host//?verify=verify_peer&ssl_ca_certs=/a&certfile=/b&ssl_keyfile=/c',
      {
        tls: { rejectUnauthorized: true, caFile: '/a', certFile: '/b', keyFile: '/c' },
      },
    ],
    ['amqp://host//?heartbeat=30&connect_timeout=2.5', { heartbeat: 30, connectionTimeout: 2.5 }],
    ['amqp://host//?connection_timeout=2500', { connectionTimeout: 2.5 }],
    ['amqps://host//?auth_mechanism=external', { loginMethod: 'EXTERNAL' }],
  ])('%s is read as Celery reads it', (url, expected) => {
    expect(one(url)).toMatchObject(expected);
  });

  it('takes what it does not say from the options', () => {
    const options = { tls: { ca: 'PEM', servername: 'x' }, loginMethod: 'AMQPLAIN' as const };
    expect(one('amqps://host//?server_name_indication=y', options)).toMatchObject({
      tls: { ca: 'PEM', servername: 'y' },
      loginMethod: 'AMQPLAIN',
    });
    expect(one('amqp://host//', options)).toMatchObject({ tls: undefined });
  });

  it('may be several, in a list or parted by semicolons', () => {
    const hosts = (urls: string | string[]) => parseAmqpUrls(urls).map((server) => server.host);
    expect(hosts('amqp://a//; amqp://b//;')).toEqual(['a', 'b']);
    expect(hosts(['amqp://a//', 'amqp://b//'])).toEqual(['a', 'b']);
  });

  it.each([
    ['', 'is empty'],
    ['redis://host', 'not with redis://'],
    ['sw0rdfish', 'cannot be read'],
    ['amqp://user:sw0rdfish%@host', 'cannot be read'],
    ['amqp://user:sw0rdfish/#@host:5672', 'cannot be read'],
    ['amqp://user:sw0rdfish@host:port', 'cannot be read'],
    ['amqp://user:sw0rdfish@host//?hartbeat=3', "Unknown option 'hartbeat' in the broker URL. Known: heartbeat,"],
    ['amqp://user:sw0rdfish@host//?heartbeat=often', "'heartbeat' in the broker URL must be a number"],
    ['amqp://user:sw0rdfish@host//?ssl=maybe', "'ssl' in the broker URL must be true or false"],
    ['amqp://user:sw0rdfish@host//?verify=some', 'verify_peer or verify_none'],
    ['amqp://user:sw0rdfish@host//?login_method=GSSAPI', 'PLAIN, AMQPLAIN or EXTERNAL'],
  ])('%p is refused without being repeated', (url, message) => {
    const refuse = () => parseAmqpUrls(url);
    expect(refuse).toThrow(expect.objectContaining({ code: 'IMPROPERLY_CONFIGURED' }) as Error);
    expect(refuse).toThrow(message);
    expect(refuse).not.toThrow('sw0rdfish');
  });

  it.each([
    ['amqp://guest:guest@localhost//', 'amqp://guest:**@127.0.0.1:5672//'],
    ['amqps://us%40er:secret@host:1/a%2Fb?heartbeat=3', 'amqps://us%40er:**@host:1/a%2Fb'],
    ['amqp://u:secret@[::1]/v', 'amqp://u:**@[::1]:5672/v'],
  ])('%s is shown as %s', (url, shown) => {
    expect(parseAmqpUrls(url).map(safeUrl)).toEqual([shown]);
  });
});

describe('one prefetch count for a channel', () => {
  it.each([
    ['RabbitMQ', '3.2.9', false],
    ['RabbitMQ', '3.3.0', true],
    ['RabbitMQ', '3.10.8', true],
    ['RabbitMQ', '3.13.7-alpha', true],
    ['RabbitMQ', '4.0.0', false],
    ['LavinMQ', '3.5.0', false],
    ['RabbitMQ', 'undefined', false],
  ])('with %s %s: %p', (product, version, global) => {
    expect(hasGlobalPrefetch(product, version)).toBe(global);
  });
});
