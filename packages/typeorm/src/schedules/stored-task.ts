import type { CrontabRow, PeriodicTaskRow, SchedulePolicy, ScheduleRow, ScheduleState } from '@nestjs-celery/core';
import { toDate } from './time-sql.js';

/** A task as `SELECT` gives it, with what belongs to it. Times in milliseconds since 1970. */
export interface StoredTask extends StoredState {
  readonly id: number;
  readonly name: string;
  readonly task: string;
  readonly args: string;
  readonly kwargs: string;
  readonly headers: string;
  readonly queue: string | null;
  readonly exchange: string | null;
  readonly routing_key: string | null;
  readonly priority: number | null;
  readonly expires: number | null;
  readonly expire_seconds: number | null;
  readonly one_off: boolean;
  readonly start_time: number | null;
  readonly enabled: boolean;
  readonly description: string;
  readonly last_run_at: number | null;
  readonly total_run_count: number;
  readonly date_changed: number;
  readonly every: number | null;
  readonly period: string | null;
  readonly minute: string | null;
  readonly hour: string | null;
  readonly day_of_month: string | null;
  readonly month_of_year: string | null;
  readonly day_of_week: string | null;
  readonly timezone: string | null;
  readonly event: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly clocked_time: number | null;
  /** JSON; null where there is none. */
  readonly policy: string | null;
}

/** All are null where there is none. */
export interface StoredState {
  readonly last_due_at: number | null;
  readonly sent_at: number | null;
  readonly last_task_id: string | null;
  readonly schedule: string | null;
  readonly next_run_at: number | null;
}

export function toTask(row: StoredTask): PeriodicTaskRow {
  return {
    id: row.id,
    name: row.name,
    task: row.task,
    schedules: schedulesOf(row),
    args: common(row.args),
    kwargs: common(row.kwargs),
    headers: common(row.headers),
    queue: row.queue,
    exchange: row.exchange,
    routingKey: row.routing_key,
    priority: row.priority,
    expires: toDate(row.expires),
    expireSeconds: row.expire_seconds,
    oneOff: row.one_off,
    startTime: toDate(row.start_time),
    enabled: row.enabled,
    description: row.description,
    lastRunAt: toDate(row.last_run_at),
    totalRunCount: row.total_run_count,
    dateChanged: new Date(row.date_changed),
    policy: row.policy === null ? null : policyOf(row.policy),
    state: toState(row),
  };
}

/** Every cell is a string of its own; of a hundred thousand rows most say the same here. */
function common(text: string): string {
  return text === '[]' ? '[]' : text === '{}' ? '{}' : text;
}

function schedulesOf(row: StoredTask): ScheduleRow[] {
  const schedules: ScheduleRow[] = [];
  const { every, period, minute, event, latitude, longitude } = row;
  if (every !== null && period !== null) schedules.push({ kind: 'interval', every, period });
  if (minute !== null) schedules.push(crontabOf(row, minute));
  if (event !== null && latitude !== null && longitude !== null) {
    schedules.push({ kind: 'solar', event, latitude, longitude });
  }
  const clockedTime = toDate(row.clocked_time);
  if (clockedTime) schedules.push({ kind: 'clocked', clockedTime });
  return schedules;
}

function crontabOf(row: StoredTask, minute: string): CrontabRow {
  return {
    kind: 'crontab',
    minute,
    hour: row.hour ?? '*',
    dayOfMonth: row.day_of_month ?? '*',
    monthOfYear: row.month_of_year ?? '*',
    dayOfWeek: row.day_of_week ?? '*',
    timezone: row.timezone ?? 'UTC',
  };
}

function policyOf(json: string): Partial<SchedulePolicy> | null {
  const { pauseUntil, ...given } = JSON.parse(json) as Partial<Omit<SchedulePolicy, 'pauseUntil'>> & {
    pauseUntil?: unknown;
  };
  const policy = pauseUntil === undefined ? given : { ...given, pauseUntil: toDate(Number(pauseUntil)) };
  return Object.keys(policy).length === 0 ? null : policy;
}

export function toState(row: StoredState): ScheduleState | null {
  const { schedule, last_task_id: lastTaskId } = row;
  if (schedule === null) return null;
  const [lastDueAt, sentAt] = [toDate(row.last_due_at), toDate(row.sent_at)];
  if (lastDueAt === null || sentAt === null || lastTaskId === null) return null;
  return { lastDueAt, sentAt, lastTaskId, schedule, nextRunAt: toDate(row.next_run_at) };
}
