import { UnreadableLiteral } from '../errors/protocol-errors.js';
import type { ValuePath } from '../errors/protocol-errors.js';
import { setOwn } from './own-property.js';
import { readString } from './python-strings.js';
import type { ReprDialect } from './python-strings.js';

/** As deep as JSON may be. */
const MAX_DEPTH = 512;
/** As in Python. */
const MAX_INTEGER_DIGITS = 4300;

const SPACE = /\s*/y;
const NUMBER = /[+-]?(?:\d+(\.\d*)?|(\.\d+))(e[+-]?\d+)?(?![\w.])/iy;
const WORD = /-?[A-Za-z_][\w.]*/y;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['None', null],
  ['True', true],
  ['False', false],
]);

export interface LiteralOptions {
  /** @default 'python' */
  readonly dialect?: ReprDialect;
  /** What the value is called in messages. @default 'The value' */
  readonly root?: string;
}

/**
 * Reads what Python's `repr` writes of plain values, and runs nothing: numbers, texts, bytes, `None`, `True`, `False`, and tuples, lists,
 * dicts and sets of them. Tuples become arrays, dicts objects, sets `Set`s, bytes `Buffer`s, integers past 2^53 `bigint`s.
 * @throws UnreadableLiteral naming the value that is anything else: an object, `nan`, a key that is no text, what was cut short.
 */
export function readPythonLiteral(
  text: string,
  { dialect = 'python', root = 'The value' }: LiteralOptions = {},
): unknown {
  return new LiteralReader(text, dialect, root).read();
}

class LiteralReader {
  #position = 0;
  readonly #path: (string | number)[] = [];

  constructor(
    readonly text: string,
    readonly dialect: ReprDialect,
    private readonly root: string,
  ) {}

  read(): unknown {
    const value = this.#value();
    if (this.#next() !== '') this.fail(`goes on after its end, at position ${this.#position}.`);
    return value;
  }

  fail(problem: string): never {
    throw new UnreadableLiteral(this.root, [...this.#path] as ValuePath, problem);
  }

  #value(): unknown {
    if (this.#path.length > MAX_DEPTH) this.fail(`is nested deeper than ${MAX_DEPTH} levels.`);
    const char = this.#next();
    if (char === '(') return this.#tuple();
    if (char === '[') return this.#list();
    if (char === '{') return this.#dictOrSet();
    const literal = readString(this, this.#position);
    if (!literal) return this.#atom();
    this.#position = literal.end;
    return literal.value;
  }

  /** Brackets around one value without a comma are brackets, and no tuple. */
  #tuple(): unknown {
    const items: unknown[] = [];
    const commas = this.#items(')', (index) => items.push(this.#at(index, () => this.#value())));
    return items.length === 1 && commas === 0 ? items[0] : items;
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    this.#items(']', (index) => items.push(this.#at(index, () => this.#value())));
    return items;
  }

  #dictOrSet(): unknown {
    const record: Record<string, unknown> = {};
    const set = new Set<unknown>();
    this.#items('}', (index) => {
      const item = this.#at(index, () => this.#value());
      if (!this.#skip(':')) return void set.add(item);
      if (typeof item !== 'string') return this.fail('has a key that is no text.');
      setOwn(
        record,
        item,
        this.#at(item, () => this.#value()),
      );
    });
    const isMixed = set.size > 0 && Object.keys(record).length > 0;
    return isMixed ? this.fail('is half a dict and half a set.') : set.size > 0 ? set : record;
  }

  /** What stands between brackets; returns how many commas. */
  #items(close: string, read: (index: number) => unknown): number {
    this.#position++;
    for (let index = 0; ; index++) {
      if (this.#skip(close)) return index;
      read(index);
      if (this.#skip(',')) continue;
      if (this.#skip(close)) return index;
      this.#unexpected();
    }
  }

  #at<T>(step: string | number, read: () => T): T {
    this.#path.push(step);
    const value = read();
    this.#path.pop();
    return value;
  }

  #atom(): unknown {
    const number = this.#match(NUMBER);
    if (number) return this.#number(number[0], number[1] ?? number[2] ?? number[3]);
    if (this.text.startsWith('...', this.#position)) this.fail("was cut short ('...') when it was stored.");
    const word = this.#match(WORD)?.[0];
    if (word === undefined) return this.#unexpected();
    if (WORDS.has(word)) return WORDS.get(word);
    if (word === 'set' && this.#match(/\(\)/y)) return new Set();
    if (/^-?(?:nan|inf)$/.test(word)) return this.fail(`is ${word}, which JSON has no word for.`);
    return this.fail(`is '${word.slice(0, 64)}…', which is no plain literal, and nothing is run to read it.`);
  }

  #number(text: string, fraction: string | undefined): number | bigint {
    const value = Number(text);
    if (fraction !== undefined) return Number.isFinite(value) ? value : this.fail('is a number that is too large.');
    if (/^[+-]?0\d/.test(text) || text.length > MAX_INTEGER_DIGITS)
      return this.fail('is no number that Python writes.');
    return Number.isSafeInteger(value) ? value : BigInt(text);
  }

  #unexpected(): never {
    return this.fail(
      `is no Python literal: unexpected ${this.#next() === '' ? 'end' : 'character'} at position ${this.#position}.`,
    );
  }

  /** The next character that is not white space; '' at the end. */
  #next(): string {
    this.#match(SPACE);
    return this.text.charAt(this.#position);
  }

  #skip(char: string): boolean {
    if (this.#next() !== char) return false;
    this.#position++;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.text);
    if (match) this.#position += match[0].length;
    return match;
  }
}
