import { registerAs } from '@nestjs/config';
import { typeormResults } from '@nestjs-celery/typeorm';
import type { CeleryOptions } from 'nestjs-celery';
import { DataSource } from 'typeorm';

export const celeryConfig = registerAs('celery', (): CeleryOptions => {
  const queue = process.env.QUEUE ?? 'celery';
  const mailQueue = process.env.MAIL_QUEUE ?? 'mail';
  return {
    broker: process.env.BROKER_URL ?? process.env.AMQP_URL ?? 'amqp://guest:guest@localhost:5672//',
    // Through the application's own connection, into the tables that Django and Python's Celery read too.
    resultBackend: typeormResults({ dataSource: DataSource }),
    resultExtended: true,
    taskDefaultQueue: queue,
    taskQueues: [queue, mailQueue],
    taskRoutes: { 'reports.mail': mailQueue },
  };
});
