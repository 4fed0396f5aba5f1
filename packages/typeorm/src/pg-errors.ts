/** PostgreSQL is away, or could not do it just now: the same statement may work later. */
const LATER = new Set(['40', '53', '57', '58', '08']);
/** Something is wrong with the values of a row: bad bytes, too long, against a constraint, too big for an index. */
const ROW = new Set(['22', '23', '54']);
const LOCKED = '55P03';
/** Lock not available; a standby that is read only, as after a failover. */
const LATER_CODES = new Set([LOCKED, '25006']);
/** A prepared statement that is not there, or is there already: somebody hands one session to several of us. */
const MIXED_SESSIONS = new Set(['26000', '42P05']);

/** What to do after a failed statement: try it again later, look for the row that is at fault, or give up. */
export type FailureKind = 'later' | 'row' | 'fatal';

export function kindOfFailure(error: unknown): FailureKind {
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (isSqlState(code)) {
    if (LATER_CODES.has(code) || LATER.has(code.slice(0, 2)) || isStalePlan(error)) return 'later';
    return ROW.has(code.slice(0, 2)) ? 'row' : 'fatal';
  }
  if (isClosedPool(error)) return 'fatal';
  // Without an SQLSTATE it never was an answer of PostgreSQL: a connection that failed, or a value that could not be written.
  return name === 'TypeError' || name === 'RangeError' ? 'row' : 'later';
}

/** The table was altered under a prepared statement; pg-pool gives up the connection, and the next prepares it anew. */
function isStalePlan(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === '0A000' && /cached plan/.test(message ?? '');
}

/** The application has destroyed its DataSource; pg gives this no code. */
function isClosedPool(error: unknown): boolean {
  return /after calling end on the pool/.test((error as { message?: string }).message ?? '');
}

/** The table, or a column of it, is missing. */
export function isMissingRelation(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '42P01' || code === '42703';
}

/** The user lacks a right. */
export function isForbidden(error: unknown): boolean {
  return (error as { code?: unknown }).code === '42501';
}

/** The limit of `query_timeout` is over; pg gives this no code. */
export function isUnanswered(error: unknown): boolean {
  return (error as { message?: string }).message?.startsWith('Query read timeout') ?? false;
}

/** `lock_timeout` is over. */
export function isLocked(error: unknown): boolean {
  return (error as { code?: unknown }).code === LOCKED;
}

/** For the end of a sentence of ours; never the statement or its values. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: unknown };
  if (isUnanswered(error)) return 'it did not answer in time';
  const text = message || String(code ?? error);
  if (!isSqlState(code)) return text;
  const advice = MIXED_SESSIONS.has(code) ? '; behind a pooler that mixes sessions set prepare: false' : '';
  return `${text} (SQLSTATE ${code}${advice})`;
}

/** PostgreSQL refuses the user, the password or the database: trying again does not help. */
export function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return isSqlState(code) && (code.startsWith('28') || code === '3D000');
}

/** Five characters with a digit among them; EPIPE has none. */
function isSqlState(code: unknown): code is string {
  return typeof code === 'string' && /^(?=.*\d)[\dA-Z]{5}$/.test(code);
}
