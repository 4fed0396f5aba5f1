import type { Outcome } from '../contracts/pool.js';
import { pythonRepr } from '../protocol/python-repr.js';
import type { Request } from './request.js';
import type { LogLevel } from './worker-log.js';

type Failure = Extract<Outcome, { kind: 'failure' }>;

/** The line of the log that people grep for, in Celery's words. @param runtime seconds */
export function outcomeLine({ task }: Request, outcome: Outcome, runtime: number): [LogLevel, string] {
  switch (outcome.kind) {
    case 'success':
      return [
        'INFO',
        `succeeded in ${runtime.toFixed(6)}s: ${shorten(outcome.result.data, task.options.resultreprMaxsize)}`,
      ];
    case 'failure':
      return failureLine(outcome);
    case 'retry':
      return ['INFO', `retry: ${outcome.reason}`];
    case 'ignore':
      return ['INFO', 'ignored'];
    case 'reject':
      return ['INFO', `rejected, requeue=${outcome.requeue}: ${outcome.reason}`];
    case 'timeout':
      return ['ERROR', `failed: Hard time limit (${outcome.limit}s) exceeded`];
    case 'lost':
      return ['ERROR', `lost its process (${outcome.reason}) and goes back to its queue`];
    case 'terminated':
      return ['ERROR', `was terminated (${outcome.signal})`];
    case 'cancelled':
      return ['WARNING', `was cancelled: ${outcome.reason}`];
    default:
      return outcome satisfies never;
  }
}

/** Characters of a traceback in the log; what is stored is whole. */
const TRACEBACK_SIZE = 16_384;

function failureLine({ exc, expected, traceback }: Failure): [LogLevel, string] {
  const args = [exc.exc_message].flat().map((arg) => pythonRepr(arg));
  const raised = `${exc.exc_type}(${args.join(', ')})`;
  if (expected) return ['INFO', `raised expected: ${raised}`];
  return ['ERROR', `raised unexpected: ${raised}\n${shorten(traceback, TRACEBACK_SIZE)}`];
}

function shorten(data: string | Buffer, size = 1024): string {
  const text = data.toString();
  return text.length > size ? `${text.slice(0, Math.max(0, size - 3))}...` : text;
}
