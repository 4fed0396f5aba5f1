/** Reads the fields of a method one after the other. */
export class FieldCursor {
  constructor(
    readonly bytes: Buffer,
    private at: number,
    readonly end: number,
  ) {}

  uint8(): number {
    return this.bytes.readUInt8(this.#next(1));
  }

  /** The first of a row of bits. */
  flag(): boolean {
    return (this.uint8() & 1) === 1;
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#next(2));
  }

  uint64(): number {
    const at = this.#next(8);
    return this.bytes.readUInt32BE(at) * 2 ** 32 + this.bytes.readUInt32BE(at + 4);
  }

  shortText(): string {
    const length = this.uint8();
    const at = this.#next(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  #next(count: number): number {
    const { at } = this;
    if (at + count > this.end) throw new Error('The broker sent a method that is cut short.');
    this.at = at + count;
    return at;
  }
}
