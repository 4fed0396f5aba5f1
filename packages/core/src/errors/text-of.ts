/** `String()` of whatever was thrown, for a line of the log. Never throws. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'an object that cannot be read';
  }
}
