import { DecodeError } from '../errors/protocol-errors.js';
import { isEnvelope, openEnvelope } from './json-envelope.js';

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null|NaN|-?Infinity/y;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** As in Python: longer integers cost more than they are worth. */
const MAX_INTEGER_DIGITS = 4300;

interface OpenContainer {
  value: unknown[] | Record<string, unknown>;
  /** Where the next value of an object belongs. */
  key: string;
}

/**
 * Reads JSON as Python writes it: with `NaN` and `Infinity`, integers of any size and kombu's typed values.
 * Keeps its own stack: the deepest input costs memory of ours, never the stack of the process.
 */
export class JsonParser {
  #position = 0;
  readonly #open: OpenContainer[] = [];

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
  ) {}

  /** @throws DecodeError with the position, never with the content. */
  parse(): unknown {
    for (;;) {
      let value = this.#begin();
      if (value === CONTAINER) continue;
      while (value !== CONTAINER) {
        if (this.#open.length === 0) return this.#end(value);
        value = this.#attach(value);
      }
    }
  }

  /** A whole value, or `CONTAINER` when one was opened whose first value comes next. */
  #begin(): unknown {
    const char = this.#next();
    if (char !== '[' && char !== '{') return this.#scalar();
    if (this.#open.length >= this.maxDepth) throw tooDeep(this.maxDepth);
    this.#position++;
    const container: OpenContainer = { value: char === '[' ? [] : {}, key: '' };
    if (this.#skip(char === '[' ? ']' : '}')) return container.value;
    this.#open.push(container);
    if (char === '{') container.key = this.#key();
    return CONTAINER;
  }

  /** Puts a value where it belongs; gives the container back when that was its last. */
  #attach(value: unknown): unknown {
    const top = this.#open.at(-1) as OpenContainer;
    const isArray = Array.isArray(top.value);
    if (Array.isArray(top.value)) top.value.push(value);
    else setOwn(top.value, top.key, value);
    if (this.#skip(',')) {
      if (!isArray) top.key = this.#key();
      return CONTAINER;
    }
    if (!this.#skip(isArray ? ']' : '}')) throw this.#unexpected();
    this.#open.pop();
    return isEnvelope(top.value) ? openEnvelope(top.value) : top.value;
  }

  #end(value: unknown): unknown {
    if (this.#next() !== '') throw this.#unexpected();
    return value;
  }

  #key(): string {
    if (this.#next() !== '"') throw this.#unexpected();
    const key = this.#string();
    if (!this.#skip(':')) throw this.#unexpected();
    return key;
  }

  #scalar(): unknown {
    if (this.text[this.#position] === '"') return this.#string();
    const word = this.#match(WORD);
    if (word) return WORDS.get(word[0]);
    const number = this.#match(NUMBER);
    if (!number) throw this.#unexpected();
    return number[1] === undefined && number[2] === undefined ? this.#integer(number[0]) : Number(number[0]);
  }

  #integer(digits: string): number | bigint {
    const value = Number(digits);
    if (Number.isSafeInteger(value)) return value;
    if (digits.length <= MAX_INTEGER_DIGITS) return BigInt(digits);
    throw new DecodeError(
      `The JSON holds an integer of more than ${MAX_INTEGER_DIGITS} digits, which Python refuses too.`,
    );
  }

  /** The platform undoes the escapes and refuses raw control characters. */
  #string(): string {
    const start = this.#position;
    const end = endOfString(this.text, start);
    try {
      const value = JSON.parse(this.text.slice(start, end)) as string;
      this.#position = end;
      return value;
    } catch {
      throw this.#unexpected();
    }
  }

  /** The next character that is not white space; '' at the end. */
  #next(): string {
    this.#match(WHITESPACE);
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
    if (match) this.#position = pattern.lastIndex;
    return match;
  }

  #unexpected(): DecodeError {
    const at = this.#position;
    return new DecodeError(
      `The content is not JSON: ${at >= this.text.length ? 'it ends early' : 'unexpected character'} at position ${at}.`,
    );
  }
}

/** Past the closing quote, or the end of the text. No expression here: one that repeats a group runs out of stack on long strings. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slash = quote - 1;
    while (text[slash] === '\\') slash--;
    if ((quote - slash) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/** No value of JSON: there is more to come. */
const CONTAINER = Symbol('container');

export function tooDeep(maxDepth: number): DecodeError {
  return new DecodeError(`The JSON is nested deeper than ${maxDepth} levels (messageMaxDepth).`);
}

/** An assignment to `__proto__` would exchange the prototype instead of adding a key. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
