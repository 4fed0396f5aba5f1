import { Crontab } from '../schedules/crontab.js';
import { sendTimeOf } from './entry-due.js';
import type { ScheduleEntry } from './schedule-entry.js';

/** Seconds that a run of an entry with `misfire: 'skip'` may be late, where `grace` does not say. */
const DEFAULT_GRACE = 60;

/** Why a run is not to be sent any more. */
export interface Verdict {
  readonly kind: 'missed' | 'cancelled';
  readonly reason: string;
}

/**
 * Judges a claimed run before each attempt to send it: it may come from a beat that died, or have waited for the broker, and the entry may have
 * been edited meanwhile. Undefined: it is to be sent.
 */
export function verdictOn(
  entry: ScheduleEntry,
  dueAt: Date,
  now: Date,
  cronDeadline: number | null,
): Verdict | undefined {
  const { expires, policy } = entry;
  if (expires && expires <= now) return { kind: 'cancelled', reason: `it expired at ${expires.toISOString()}` };
  const { pauseUntil } = policy;
  if (pauseUntil && now < pauseUntil) {
    return { kind: 'cancelled', reason: `it is paused until ${pauseUntil.toISOString()}` };
  }
  const overdue = (now.getTime() - sendTimeOf(entry, dueAt)) / 1000;
  return overdue > graceOf(entry, cronDeadline)
    ? { kind: 'missed', reason: `overdue by ${Math.round(overdue)} s` }
    : undefined;
}

function graceOf({ schedule, policy: { grace, misfire } }: ScheduleEntry, cronDeadline: number | null): number {
  const ofSchedule = schedule instanceof Crontab ? cronDeadline : null;
  return grace ?? ofSchedule ?? (misfire === 'skip' ? DEFAULT_GRACE : Infinity);
}
