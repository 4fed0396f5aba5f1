/** A timer that can still be called off. Calling it after the timer ran does nothing. */
export type Cancel = () => void;

/** All time that the library sees. Tests hand in a clock of their own; `time/system-clock.ts` is the only real one. */
export interface Clock {
  /** Wall clock: what schedules, etas and messages are about. */
  now(): Date;
  /** Milliseconds that never jump, with fractions: for durations. */
  monotonic(): number;
  /**
   * Runs `run` once `when` has come (at once, but never synchronously, when it has passed). Any distance in the future:
   * what is too far for a Date, and has become an invalid one, never comes.
   * @param inBackground the process does not stay alive for it
   */
  at(when: Date, run: () => void, inBackground?: boolean): Cancel;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
