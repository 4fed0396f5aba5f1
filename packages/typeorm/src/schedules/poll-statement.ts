import type { ScheduleLayout } from './schedule-layout.js';
import { SCHEDULE_KINDS } from './schedule-tables.js';
import type { ScheduleTables } from './schedule-tables.js';

/** Before PostgreSQL 13 the same has other names. */
interface SnapshotFunctions {
  readonly current: string;
  readonly horizon: string;
  readonly sees: (xid: string, snapshot: string) => string;
}

const FULL_XIDS: SnapshotFunctions = {
  current: 'pg_current_snapshot()',
  horizon: 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint',
  sees: (xid, snapshot) => `pg_visible_in_snapshot((${xid})::text::xid8, ${snapshot}::pg_snapshot)`,
};
const TXIDS: SnapshotFunctions = {
  current: 'txid_current_snapshot()',
  horizon: 'txid_snapshot_xmin(txid_current_snapshot())',
  sees: (xid, snapshot) => `txid_visible_in_snapshot(${xid}, ${snapshot}::txid_snapshot)`,
};

const XIDS = 4_294_967_296;

/**
 * Rows that the snapshot `$1` does not see, whose oldest unseen transaction was `$2`; all null at first. No row in the answer: no transaction has
 * begun or ended since. A row's `xmin` has 32 bits, which are completed from those of `$2`: `age` rules out first what is older, and
 * that is cheap.
 */
export function pollSql(tables: ScheduleTables, layout: ScheduleLayout): string {
  const functions = layout.hasFullXids ? FULL_XIDS : TXIDS;
  const changed = (alias: string): string => changedSql(alias, functions);
  const { periodicTask, policies } = tables;
  const throughSchedules = SCHEDULE_KINDS.filter((kind) => layout.kinds.has(kind)).map(
    (kind) =>
      `SELECT t.id FROM ${tables[kind]} AS s JOIN ${periodicTask} AS t ON t.${kind}_id = s.id WHERE ${changed('s')}`,
  );
  const policed = `SELECT p.periodic_task_id AS id FROM ${policies} AS p WHERE ${changed('p')}`;
  return `SELECT row_to_json(polled)::text AS polled FROM (
    SELECT ${functions.current}::text AS snapshot, (${functions.horizon} % ${XIDS})::text AS horizon,
      ${fingerprintSql('id', periodicTask)} AS tasks, ${fingerprintSql('periodic_task_id', policies)} AS policies,
      coalesce((SELECT json_agg(json_build_object('id', t.id, 'hash', ${hashSql('t')}))
                FROM ${periodicTask} AS t WHERE ${changed('t')}), '[]') AS written,
      ${idsSql(throughSchedules.join(' UNION '))} AS rescheduled, ${idsSql(policed)} AS policed
    WHERE $1::text IS NULL OR ${functions.current}::text <> $1::text) AS polled`;
}

function changedSql(alias: string, { sees }: SnapshotFunctions): string {
  const oldest = `split_part($1::text, ':', 1)::bigint`;
  const xid = `${oldest} + (${alias}.xmin::text::bigint - ${oldest} % ${XIDS} + ${XIDS}) % ${XIDS}`;
  return `age(${alias}.xmin) BETWEEN 0 AND age($2::text::xid) AND NOT ${sees(xid, '$1::text')}`;
}

function fingerprintSql(id: string, table: string): string {
  return `(SELECT json_build_object('count', count(*), 'sum', coalesce(sum(${id}), 0), 'highest', coalesce(max(${id}), 0)) FROM ${table})`;
}

function idsSql(select: string): string {
  return `coalesce((SELECT json_agg(id) FROM (${select}) AS changed), '[]')`;
}

/** Of all columns but those that beat writes. */
function hashSql(alias: string): string {
  return `md5((to_jsonb(${alias}) - '{last_run_at,total_run_count,date_changed}'::text[])::text)`;
}
