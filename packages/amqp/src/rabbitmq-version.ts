/**
 * Whether `basic.qos(global)` sets one limit for the channel. Celery's rule: RabbitMQ from 3.3 to before 4.0;
 * the others count for each consumer.
 */
export function hasGlobalPrefetch(product: string, version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return product === 'RabbitMQ' && (major === 3 ? minor >= 3 : false);
}
