/** The RabbitMQ of this test run. */
export const amqpUrl = () => fromEnvironment('AMQP_URL');

/** The PostgreSQL of this test run; its role may create databases. Specs make their own: `createOwnDatabase`. */
export const databaseUrl = () => fromEnvironment('DATABASE_URL');

/** The Redis of this test run. */
export const redisUrl = () => fromEnvironment('REDIS_URL');

function fromEnvironment(name: string): string {
  const url = process.env[name];
  if (url) return url;
  throw new Error(`${name} is not set. Run the tests by "npm test", or first: eval "$(npm run -s services up)"`);
}
