import type { PeriodicTaskRow } from '../contracts/periodic-tasks.js';

/** What the columns of a row hold when nothing is said, as in Django's model. */
export const COLUMN_DEFAULTS = {
  args: '[]',
  kwargs: '{}',
  headers: '{}',
  queue: null,
  exchange: null,
  routingKey: null,
  priority: null,
  expires: null,
  expireSeconds: null,
  oneOff: false,
  startTime: null,
  enabled: true,
  description: '',
  lastRunAt: null,
  totalRunCount: 0,
  policy: null,
  state: null,
} as const satisfies Partial<PeriodicTaskRow>;
