/** `brokerHeartbeat` → `broker_heartbeat`. */
export function toSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The names that something may have, in every way to write them. */
export class KnownNames<T extends string> {
  readonly #names: ReadonlyMap<string, T>;

  /** @param names what is written → what is meant */
  constructor(names: ReadonlyMap<string, T>) {
    this.#names = names;
  }

  find(written: string): T | undefined {
    return this.#names.get(written);
  }

  /** The known name, in the same style of writing, nearest to a mistyped one; at most `within` letters may differ. */
  nearest(written: string, within = Math.max(2, Math.floor(written.length / 3))): string | undefined {
    let best: string | undefined;
    let least = within + 1;
    for (const name of this.#names.keys()) {
      if (style(name) !== style(written)) continue;
      const distance = editDistance(written, name, least);
      if (distance < least) [best, least] = [name, distance];
    }
    return best;
  }

  /** Part of a sentence: `unknown option 'brokr': did you mean 'broker'?` */
  unknown(written: string): string {
    const nearest = this.nearest(written);
    return `unknown option '${written}'${nearest === undefined ? '' : `: did you mean '${nearest}'?`}`;
  }
}

function style(name: string): 'upper' | 'snake' | 'camel' {
  if (name === name.toUpperCase()) return 'upper';
  return name.includes('_') ? 'snake' : 'camel';
}

/** Levenshtein's distance by rows; gives up, with `limit`, when it cannot come below. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
    }
    row = next;
  }
  return row[b.length] ?? limit;
}
