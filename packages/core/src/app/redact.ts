import { argsRepr, kwargsRepr } from '../protocol/python-repr.js';
import type { RedactedCall, TaskOptions } from './task-options.js';

type Redact = NonNullable<TaskOptions['redact']>;

/** What stands for arguments of which nothing is to be seen. */
export const REDACTED = '<redacted>';

/** What may be kept of the arguments; undefined: nothing. So it is, too, where `redact` throws or gives something else: it must not let through what it was to hide. */
export function redactedCall(
  redact: Redact,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): RedactedCall | undefined {
  try {
    const kept = redact(args, kwargs);
    return Array.isArray(kept?.args) && isObject(kept?.kwargs) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** What people see of the arguments, in monitors and in the message. */
export function shownReprs(kept: RedactedCall | undefined): { argsrepr: string; kwargsrepr: string } {
  if (!kept) return { argsrepr: REDACTED, kwargsrepr: REDACTED };
  return { argsrepr: argsRepr(kept.args), kwargsrepr: kwargsRepr(kept.kwargs) };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
