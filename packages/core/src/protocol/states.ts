/** Celery's built-in states; a task may store any other name through `updateState`. */
export type BuiltInState = 'PENDING' | 'RECEIVED' | 'STARTED' | 'SUCCESS' | 'FAILURE' | 'REVOKED' | 'RETRY';
/** The state of a task: one of Celery's, or a name of the application's own. */
export type State = BuiltInState | (string & {});

/** The task is over. */
export const READY_STATES: ReadonlySet<State> = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);
/** The stored result is an exception. */
export const EXCEPTION_STATES: ReadonlySet<State> = new Set(['RETRY', 'FAILURE', 'REVOKED']);
/** `AsyncResult.get()` throws the stored exception. */
export const PROPAGATE_STATES: ReadonlySet<State> = new Set(['FAILURE', 'REVOKED']);

const PRECEDENCE: readonly (State | null)[] = [
  'SUCCESS',
  'FAILURE',
  null, // every custom state
  'REVOKED',
  'STARTED',
  'RECEIVED',
  'REJECTED',
  'RETRY',
  'PENDING',
];

/** Celery's order of states, 0 = the strongest; a custom state stands between FAILURE and REVOKED. */
export function precedence(state: State): number {
  const index = PRECEDENCE.indexOf(state);
  return index < 0 ? PRECEDENCE.indexOf(null) : index;
}
