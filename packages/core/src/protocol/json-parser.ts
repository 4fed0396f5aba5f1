import { DecodeError } from '../errors/protocol-errors.js';
import { isEnvelope, openEnvelope } from './json-envelope.js';
import { endOfDigits, endOfPlainString, endOfString } from './json-survey.js';
import { setOwn } from './own-property.js';

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

const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const ZERO = 0x30;
const COMMA = 0x2c;
const COLON = 0x3a;

/** As in Python: longer integers cost more than they are worth. */
const MAX_INTEGER_DIGITS = 4300;

/** No value of JSON: there is more to come. */
const UNFINISHED = Symbol('unfinished');

interface OpenContainer {
  readonly value: unknown[] | Record<string, unknown>;
  readonly isArray: boolean;
  /** Where the next value of an object belongs. */
  key: string;
}

/**
 * Reads JSON as Python writes it: with `NaN` and `Infinity`, integers of any size and kombu's typed values.
 * Keeps its own stack: depth costs memory of ours, never the stack of the process. How deep a text may be is told before (`needsCare`).
 */
export class JsonParser {
  #position = 0;
  readonly #open: OpenContainer[] = [];

  constructor(private readonly text: string) {}

  /** @throws DecodeError with the position, never with the content. */
  parse(): unknown {
    for (;;) {
      let value = this.#begin();
      while (value !== UNFINISHED) {
        const top = this.#open.at(-1);
        if (!top) return this.#end(value);
        value = this.#attach(value, top);
      }
    }
  }

  /** A whole value, or `UNFINISHED` when a container was opened whose first value comes next. */
  #begin(): unknown {
    const char = this.#next();
    if (char === QUOTE) return this.#string();
    const isArray = char === OPEN_BRACKET;
    if (!isArray && char !== OPEN_BRACE) return this.#scalar();
    this.#position++;
    const value = isArray ? [] : {};
    if (this.#skip(isArray ? CLOSE_BRACKET : CLOSE_BRACE)) return value;
    this.#open.push({ value, isArray, key: isArray ? '' : this.#key() });
    return UNFINISHED;
  }

  /** Puts a value where it belongs; gives the container back when that was its last. */
  #attach(value: unknown, top: OpenContainer): unknown {
    if (Array.isArray(top.value)) top.value.push(value);
    else setOwn(top.value, top.key, value);
    if (this.#skip(COMMA)) {
      if (!top.isArray) top.key = this.#key();
      return UNFINISHED;
    }
    if (!this.#skip(top.isArray ? CLOSE_BRACKET : CLOSE_BRACE)) throw this.#unexpected();
    this.#open.pop();
    return isEnvelope(top.value) ? openEnvelope(top.value) : top.value;
  }

  #end(value: unknown): unknown {
    this.#next();
    if (this.#position < this.text.length) throw this.#unexpected();
    return value;
  }

  #key(): string {
    if (this.#next() !== QUOTE) throw this.#unexpected();
    const key = this.#string();
    if (!this.#skip(COLON)) throw this.#unexpected();
    return key;
  }

  #scalar(): unknown {
    const end = endOfDigits(this.text, this.#position);
    if (isShortInteger(this.text, this.#position, end)) {
      const digits = this.text.slice(this.#position, end);
      this.#position = end;
      return Number(digits);
    }
    const number = this.#match(NUMBER);
    if (number) return number[1] || number[2] ? Number(number[0]) : integer(number[0]);
    const word = this.#match(WORD);
    if (!word) throw this.#unexpected();
    return WORDS.get(word[0]);
  }

  /** Where there are escapes the platform undoes them; it also refuses raw control characters and an open end. */
  #string(): string {
    const start = this.#position;
    const plainEnd = endOfPlainString(this.text, start);
    if (plainEnd !== undefined) {
      this.#position = plainEnd;
      return this.text.slice(start + 1, plainEnd - 1);
    }
    const end = endOfString(this.text, start);
    try {
      const value = JSON.parse(this.text.slice(start, end)) as string;
      this.#position = end;
      return value;
    } catch {
      throw this.#unexpected();
    }
  }

  /** The next character that is not white space; NaN at the end. */
  #next(): number {
    let char = this.text.charCodeAt(this.#position);
    while (char <= SPACE && isSpace(char)) char = this.text.charCodeAt(++this.#position);
    return char;
  }

  #skip(char: number): boolean {
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
    const what = at >= this.text.length ? 'it ends early' : 'unexpected character';
    return new DecodeError(`The content is not JSON: ${what} at position ${at}.`);
  }
}

/** The common case, told without a regular expression: up to 15 digits, no zero before others, no fraction or exponent behind. */
function isShortInteger(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 0 || length > 15 || (length > 1 && text.charCodeAt(start) === ZERO)) return false;
  const next = text.charCodeAt(end);
  return next === COMMA || next === CLOSE_BRACKET || next === CLOSE_BRACE;
}

function isSpace(char: number): boolean {
  return char === SPACE || char === 0x0a || char === 0x0d || char === 0x09;
}

function integer(digits: string): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return value;
  if (digits.length <= MAX_INTEGER_DIGITS) return BigInt(digits);
  throw new DecodeError(
    `The JSON holds an integer of more than ${MAX_INTEGER_DIGITS} digits, which Python refuses too.`,
  );
}
