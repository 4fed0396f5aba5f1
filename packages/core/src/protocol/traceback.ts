/** Causes of causes: enough for every honest error, and an end for a circle. */
const MAX_CAUSES = 8;

const SEPARATOR = '\n\nThe above exception was the direct cause of the following exception:\n\n';

/**
 * The text that is stored as a task's traceback: the stack as JavaScript writes it, and before it, in Python's order and words,
 * the stacks of its causes. Never throws.
 */
export function pythonTraceback(thrown: unknown): string {
  const texts: string[] = [];
  for (
    let error = thrown;
    error !== undefined && error !== null && texts.length <= MAX_CAUSES;
    error = causeOf(error)
  ) {
    texts.unshift(stackOf(error));
  }
  return texts.length === 0 ? String(thrown) : texts.join(SEPARATOR);
}

function stackOf(error: unknown): string {
  try {
    const { stack } = error as { stack?: unknown };
    return typeof stack === 'string' && stack !== '' ? stack : String(error);
  } catch {
    return 'An object that cannot be read.';
  }
}

function causeOf(error: unknown): unknown {
  try {
    return typeof error === 'object' ? (error as { cause?: unknown }).cause : undefined;
  } catch {
    return undefined;
  }
}
