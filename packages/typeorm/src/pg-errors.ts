/** PostgreSQL is away, or could not do it just now: the same statement may work later. */
const LATER = new Set(['40', '53', '57', '58', '08']);
/** Something is wrong with the values of a row: bad bytes, too long, against a constraint, too big for an index. */
const ROW = new Set(['22', '23', '54']);
/** Lock not available; a standby that is read only, as after a failover; the table was altered under a prepared statement. */
const LATER_CODES = new Set(['55P03', '25006', '0A000']);

/** What to do after a failed statement: try it again later, look for the row that is at fault, or give up. */
export type FailureKind = 'later' | 'row' | 'fatal';

export function kindOfFailure(error: unknown): FailureKind {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (isSqlState(code)) {
    if (LATER_CODES.has(code) || LATER.has(code.slice(0, 2))) return 'later';
    return ROW.has(code.slice(0, 2)) ? 'row' : 'fatal';
  }
  // Without an SQLSTATE it never was an answer of PostgreSQL: a connection that failed, or a value that could not be written.
  return name === 'TypeError' || name === 'RangeError' ? 'row' : 'later';
}

/** The table, or a column of it, is missing. */
export function isMissingRelation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '42P01' || code === '42703';
}

/** For the end of a sentence of ours; never the statement or its values. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const text = message || String(code ?? error);
  return isSqlState(code) ? `${text} (SQLSTATE ${code})` : text;
}

function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE';
}
