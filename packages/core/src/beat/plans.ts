import type { Claim } from '../contracts/periodic-tasks.js';
import type { Timed } from './entry-heap.js';

/** An entry becomes due. */
export interface DuePlan extends Timed {
  readonly what: 'due';
  /** Epoch milliseconds: a Date takes six times the memory. */
  readonly dueAt: number;
  /** Claims that were asked for, and whose answer did not come: they may be ours already, and are asked for again as they are. */
  readonly offered?: readonly Claim[];
}

/** Claimed runs that are to be sent: of a beat before us, or of ours that could not be sent yet. */
export interface SendPlan extends Timed {
  readonly what: 'send';
  readonly claims: readonly Claim[];
  /** Attempts that have failed. */
  readonly failures: number;
}

/** An entry's time is over. */
export interface EndPlan extends Timed {
  readonly what: 'end';
}

export type Plan = DuePlan | SendPlan | EndPlan;

/** Claims that a plan has, or may have. */
export function claimsOf(plan: Plan | undefined): readonly Claim[] {
  if (plan?.what === 'send') return plan.claims;
  return (plan?.what === 'due' && plan.offered) || [];
}

/** Seconds to wait after the first, second, … attempt that failed; the last one repeats. */
const RETRY_SECONDS = [1, 2, 5, 10, 30, 60];
/** Seconds between two looks whether the run before has ended. */
const BUSY_SECONDS = 1;

/** What is to be sent now. */
export function sendPlan(name: string, claims: readonly Claim[], now: Date): SendPlan {
  return { what: 'send', name, at: now.getTime(), claims, failures: 0 };
}

/** The next attempt after one that failed: at the latest at the next due time, still as the same run. */
export function retryPlan(plan: SendPlan, now: Date, nextDue: Date | undefined): SendPlan {
  const failures = plan.failures + 1;
  const seconds = RETRY_SECONDS[Math.min(failures, RETRY_SECONDS.length) - 1] as number;
  const at = Math.min(now.getTime() + seconds * 1000, nextDue?.getTime() ?? Infinity);
  return { ...plan, at, failures };
}

/** Another look at runs that wait for the one before them. */
export function busyPlan(plan: SendPlan, now: Date): SendPlan {
  return { ...plan, at: now.getTime() + BUSY_SECONDS * 1000 };
}
