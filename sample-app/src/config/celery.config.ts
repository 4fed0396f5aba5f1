import { registerAs } from '@nestjs/config';
import { typeormResults } from '@nestjs-celery/typeorm';
import type { CeleryOptions } from 'nestjs-celery';
import { DataSource } from 'typeorm';

export const celeryConfig = registerAs('celery', (): CeleryOptions => {
  /** Several copies of this app share a broker when each has a name of its own here. */
  const queue = process.env.QUEUE ?? 'celery';
  return {
    broker: process.env.BROKER_URL ?? process.env.AMQP_URL ?? 'amqp://guest:guest@localhost:5672//',
    /** Results go through the application's own connection, into the tables that Django and Python's Celery read too. */
    resultBackend: typeormResults({ dataSource: DataSource }),
    resultExtended: true,
    taskDefaultQueue: queue,
    taskQueues: [queue, `${queue}.mail`],
    taskRoutes: { 'reports.mail': `${queue}.mail` },
  };
});
