/**
 * An SQL expression for the channel of the edits: one for each schema and prefix of tables. A name may have 63 bytes.
 * The triggers and the listener both have it from here.
 */
export function channelSql(schema: string, prefix: string): string {
  const name = `(${schema} || '.' || ${prefix} || 'schedules')`;
  return `CASE WHEN octet_length(${name}) <= 63 THEN ${name} ELSE 'celery_schedules_' || md5(${name}) END`;
}

/** An edit of which only this is known: whole tables were emptied. */
export const ALL = 'all';
