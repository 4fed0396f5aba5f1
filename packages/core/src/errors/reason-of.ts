import { textOf } from './text-of.js';

/** What was thrown, for the end of a sentence: an error's message. Never throws. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.message !== '' ? thrown.message : textOf(thrown);
}
