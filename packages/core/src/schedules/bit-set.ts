/** A set of whole numbers from 0 to 63 in two machine words: built once, searched often. */
export class BitSet {
  readonly #low: number;
  readonly #high: number;

  constructor(members: Iterable<number>) {
    let low = 0;
    let high = 0;
    for (const member of members) {
      if (member < 32) low |= 1 << member;
      else high |= 1 << (member - 32);
    }
    this.#low = low;
    this.#high = high;
  }

  has(number: number): boolean {
    return ((number < 32 ? this.#low >>> number : this.#high >>> (number - 32)) & 1) === 1;
  }

  equals(other: BitSet): boolean {
    return this.#low === other.#low && this.#high === other.#high;
  }

  /** The smallest member that is `number` or more, or -1. */
  from(number: number): number {
    const low = number < 32 ? this.#low & (-1 << number) : 0;
    if (low !== 0) return lowestBit(low);
    const high = number <= 32 ? this.#high : this.#high & (-1 << (number - 32));
    return high === 0 ? -1 : 32 + lowestBit(high);
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}
