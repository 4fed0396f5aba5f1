/** What a roster holds: it remembers its place there. In one roster at a time. */
export interface Listed {
  place: number;
}

/**
 * The members of something, in no order: `add` and `delete` of a Set, for members that come and go by the thousand. V8 gives
 * such a Set a new table every few hundred changes, and each table, with all that it held, lives as long as the one before it.
 */
export class Roster<T extends Listed> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    member.place = this.#members.push(member) - 1;
  }

  /** Does nothing where it is no member. */
  delete(member: T): void {
    const members = this.#members;
    if (members[member.place] !== member) return;
    const last = members.pop();
    if (last === undefined || last === member) return;
    last.place = member.place;
    members[last.place] = last;
  }

  /** Takes all members out. */
  takeAll(): T[] {
    return this.#members.splice(0);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#members.values();
  }
}
