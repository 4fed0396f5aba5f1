import type { ScheduleLayout } from './schedule-layout.js';
import type { ScheduleKind, ScheduleTables } from './schedule-tables.js';
import type { StoredTask } from './stored-task.js';
import { millis } from './time-sql.js';

/** Builds `SELECT`s of whole tasks: with schedule, policy and state, and with defaults for what an older Django's tables lack. */
export class TaskSelect {
  readonly #tables: ScheduleTables;
  readonly #layout: ScheduleLayout;

  constructor(tables: ScheduleTables, layout: ScheduleLayout) {
    this.#tables = tables;
    this.#layout = layout;
  }

  /** @param some the tasks: all columns of the table, in whatever selection. In order of the id, or in `order`. */
  of(some: string, order = 't.id'): string {
    const { interval, crontab, solar, clocked, policies, states } = this.#tables;
    const columns = Object.entries(this.#columns()).map(([name, expression]) => `${expression} AS ${name}`);
    const joined = (kind: ScheduleKind, table: string): string =>
      this.#layout.kinds.has(kind)
        ? `LEFT JOIN ${table} AS ${kind}_schedule ON ${kind}_schedule.id = t.${kind}_id`
        : '';
    return `SELECT ${columns.join(', ')} FROM (${some}) AS t
      ${joined('interval', interval)} ${joined('crontab', crontab)} ${joined('solar', solar)} ${joined('clocked', clocked)}
      ${ownOf(policies, 'policy')} ${ownOf(states, 'state')}
      ORDER BY ${order}`;
  }

  #columns(): Record<keyof StoredTask, string> {
    return { ...this.#taskColumns(), ...this.#scheduleColumns(), ...policyColumns, ...stateColumns('state') };
  }

  #taskColumns() {
    return {
      id: 't.id::float8',
      name: 't.name',
      task: 't.task',
      args: 't.args',
      kwargs: 't.kwargs',
      headers: this.#orDefault('headers', "'{}'"),
      queue: 't.queue',
      exchange: 't.exchange',
      routing_key: 't.routing_key',
      priority: this.#orDefault('priority', 'NULL::integer'),
      expires: millis('t.expires'),
      expire_seconds: this.#orDefault('expire_seconds', 'NULL::integer'),
      one_off: this.#orDefault('one_off', 'false'),
      start_time: this.#layout.columns.has('start_time') ? millis('t.start_time') : 'NULL::float8',
      enabled: 't.enabled',
      description: this.#orDefault('description', "''"),
      last_run_at: millis('t.last_run_at'),
      total_run_count: 't.total_run_count',
      date_changed: millis('t.date_changed'),
    };
  }

  #scheduleColumns() {
    const { kinds, crontabColumns } = this.#layout;
    const of = (kind: ScheduleKind, expression: string, type: string): string =>
      kinds.has(kind) ? expression : `NULL::${type}`;
    return {
      every: of('interval', 'interval_schedule.every', 'integer'),
      period: of('interval', 'interval_schedule.period', 'text'),
      minute: of('crontab', 'crontab_schedule.minute', 'text'),
      hour: of('crontab', 'crontab_schedule.hour', 'text'),
      day_of_month: of('crontab', 'crontab_schedule.day_of_month', 'text'),
      month_of_year: of('crontab', 'crontab_schedule.month_of_year', 'text'),
      day_of_week: of('crontab', 'crontab_schedule.day_of_week', 'text'),
      timezone: crontabColumns.has('timezone') ? 'crontab_schedule.timezone' : 'NULL::text',
      event: of('solar', 'solar_schedule.event', 'text'),
      latitude: of('solar', 'solar_schedule.latitude::float8', 'float8'),
      longitude: of('solar', 'solar_schedule.longitude::float8', 'float8'),
      clocked_time: of('clocked', millis('clocked_schedule.clocked_time'), 'float8'),
    };
  }

  #orDefault(column: string, value: string): string {
    return this.#layout.columns.has(column) ? `t.${column}` : value;
  }
}

/** What belongs to the task, whatever it is called by now. Looked up for each row: a page is a small part of the table. */
function ownOf(table: string, alias: string): string {
  const own = `SELECT * FROM ${table} AS own WHERE own.periodic_task_id = t.id OFFSET 0`;
  return `LEFT JOIN LATERAL (${own}) AS ${alias} ON true`;
}

/** What is given of the policy, as JSON: of a hundred thousand tasks most have none, and eight columns of nulls would be much to read. */
const policyColumns = {
  policy: `CASE WHEN policy.periodic_task_id IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
    'misfire', policy.misfire, 'misfireCap', policy.misfire_cap, 'grace', policy.grace, 'overlap', policy.overlap,
    'jitter', policy.jitter, 'pauseUntil', ${millis('policy.pause_until')}, 'dst', policy.dst, 'owner', policy.owner
  ))::text END`,
};

/** Of the state in a table or an alias. */
export function stateColumns(alias: string) {
  return {
    last_due_at: millis(`${alias}.last_due_at`),
    sent_at: millis(`${alias}.sent_at`),
    last_task_id: `${alias}.last_task_id`,
    schedule: `${alias}.schedule`,
    next_run_at: millis(`${alias}.next_run_at`),
  };
}
