/** What our pools are: promises on one event loop, one of them at a time, processes, threads. */
export type PoolKind = 'async' | 'solo' | 'process' | 'threads';

/** Celery's names of pools, and ours, by those of ours that do the same: separate processes, or many tasks in one. */
export const POOL_KINDS: Readonly<Record<string, PoolKind>> = {
  prefork: 'process',
  processes: 'process',
  process: 'process',
  eventlet: 'async',
  gevent: 'async',
  async: 'async',
  threads: 'threads',
  solo: 'solo',
};
