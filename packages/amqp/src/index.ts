/**
 * RabbitMQ as the broker:
 *
 *     CeleryModule.forRoot({ broker: 'amqp://user:password@host:5672/vhost' })
 *     CeleryModule.forRoot({ broker: amqp(['amqps://a', 'amqps://b'], { tls: { ca } }) })
 */
import type { AdapterFactory, Broker } from '@nestjs-celery/core';
import { AmqpBroker } from './amqp-broker.js';
import type { AmqpOptions } from './amqp-options.js';
import { parseAmqpUrls } from './amqp-url.js';

export type { AmqpOptions, AmqpTlsOptions, LoginMethod } from './amqp-options.js';

/**
 * A broker on RabbitMQ. Several URLs, in a list or parted by `;`, are tried by `brokerFailoverStrategy`.
 * @throws ImproperlyConfigured for a URL that cannot be read.
 */
export function amqp(url: string | readonly string[], options: AmqpOptions = {}): AdapterFactory<Broker> {
  const servers = parseAmqpUrls(url, options);
  return (deps) => new AmqpBroker({ ...options, servers, deps });
}

/** The name by which a URL's scheme finds the adapter. */
export { amqp as createBroker };
