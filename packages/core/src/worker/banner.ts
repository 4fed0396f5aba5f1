import { release, type as osType, arch } from 'node:os';
import type { TaskQueue } from '../app/topology.js';

export interface BannerFacts {
  readonly hostname: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly transport: string;
  readonly results: string;
  readonly pool: string;
  readonly concurrency: number | string;
  readonly queues: readonly TaskQueue[];
  readonly tasks: readonly string[];
}

/** What a worker prints at start, in the form of Celery's banner. */
export function workerBanner(facts: BannerFacts): string {
  const { hostname, version, startedAt, transport, results, pool, concurrency, queues, tasks } = facts;
  return [
    '',
    ` ${hostname} nestjs-celery v${version}`,
    '',
    ` ${osType()}-${release()}-${arch()} node-${process.versions.node} ${startedAt.toISOString().slice(0, 19).replace('T', ' ')}`,
    '',
    ' [config]',
    ` .> transport:   ${transport}`,
    ` .> results:     ${results}`,
    ` .> concurrency: ${concurrency} (${pool})`,
    '',
    ' [queues]',
    ...queues.map(
      ({ name, exchange, exchangeType, routingKey }) =>
        ` .> ${name.padEnd(16)} exchange=${exchange}(${exchangeType}) key=${routingKey}`,
    ),
    '',
    ' [tasks]',
    ...tasks.map((name) => `  . ${name}`),
    '',
  ].join('\n');
}
