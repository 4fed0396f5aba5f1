import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  PeriodicTaskFields,
  PeriodicTaskRow,
  ScheduleDatabase,
  SchedulePolicy,
  ScheduleRow,
} from '../../contracts/periodic-tasks.js';

export const EVERY_MINUTE: ScheduleRow = { kind: 'interval', every: 1, period: 'minutes' };

/** One of each table. */
export const SCHEDULES: readonly ScheduleRow[] = [
  { kind: 'interval', every: 500_000, period: 'microseconds' },
  {
    kind: 'crontab',
    minute: '*/15',
    hour: '8-17',
    dayOfMonth: '1,15',
    monthOfYear: '*',
    dayOfWeek: 'mon-fri',
    timezone: 'Asia/Seoul',
  },
  { kind: 'solar', event: 'sunset', latitude: 37.566535, longitude: -126.977969 },
  { kind: 'clocked', clockedTime: new Date('2031-03-04T05:06:07.890Z') },
];

/** What a row says of which only name, task and schedule were given. */
export const COLUMN_DEFAULTS: Omit<PeriodicTaskRow, 'id' | 'name' | 'task' | 'schedules' | 'dateChanged'> = {
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
};

/** Every column other than its default. */
export const EVERYTHING: Omit<PeriodicTaskFields, 'name' | 'schedules'> = {
  task: 'reports.send',
  args: '[1, "hå☃", {"__type__": "uuid", "__value__": "0d4c8d2e"}]',
  kwargs: '{"to": null,  "spaced": true}',
  headers: '{"tenant": "a\'b"}',
  queue: 'mail',
  exchange: 'mails',
  routingKey: 'mail.out',
  priority: 0,
  expires: new Date('2041-01-02T03:04:05.678Z'),
  expireSeconds: 0,
  oneOff: true,
  startTime: new Date('2029-12-31T23:59:59.999Z'),
  enabled: false,
  description: 'Every day,\nin two lines',
};

export const POLICY: Partial<SchedulePolicy> = {
  misfire: 'fire-all',
  misfireCap: 7,
  grace: 0.5,
  overlap: 'buffer-one',
  jitter: 2,
  pauseUntil: new Date('2030-01-01T00:00:00.001Z'),
  dst: 'wall',
  owner: 'user',
};

/** A name that no other test uses: they share a store. */
export const freshName = (): string => `suite ${randomUUID()}`;

/** A row of every minute. @returns its id */
export function insertRow(
  database: ScheduleDatabase,
  fields: Partial<Parameters<ScheduleDatabase['tasks']['insert']>[0]> = {},
): Promise<number> {
  return database.tasks.insert({ name: freshName(), task: 'suite.task', schedules: [EVERY_MINUTE], ...fields });
}

/** The row of an id that must have one. */
export async function rowOf({ tasks }: ScheduleDatabase, id: number): Promise<PeriodicTaskRow> {
  const [row] = await tasks.find({ ids: [id] });
  assert.ok(row, `no row ${id}`);
  return row;
}
