import { DecodeError } from '../errors/protocol-errors.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** 2^53 has 16 digits. */
const LONG_INTEGER = 16;

/** The key of kombu's typed values with a letter of it escaped. */
const ESCAPED_LETTER = /\\u00[567]/;

/**
 * Looks over a JSON text before it is parsed: true when the platform's parser would read it otherwise than Python,
 * because it may hold typed values or has integers past 2^53.
 * @throws DecodeError when brackets are nested deeper than `maxDepth`.
 */
export function needsCare(text: string, maxDepth: number): boolean {
  let depth = 0;
  let hasLongInteger = false;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === QUOTE) index = endOfString(text, index) - 1;
    else if (char === OPEN_BRACKET || char === OPEN_BRACE) {
      if (++depth > maxDepth) throw tooDeep(maxDepth);
    } else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) depth--;
    else if (char >= ZERO && char <= NINE) {
      const end = endOfDigits(text, index);
      // digits behind a dot are a fraction's
      hasLongInteger ||= end - index >= LONG_INTEGER && text.charCodeAt(index - 1) !== DOT;
      index = end - 1;
    }
  }
  return hasLongInteger || text.includes('__type__') || (text.includes('\\u00') && ESCAPED_LETTER.test(text));
}

function tooDeep(maxDepth: number): DecodeError {
  return new DecodeError(`The JSON is nested deeper than ${maxDepth} levels (messageMaxDepth).`);
}

/** Past the closing quote of the string that opens at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slash = quote - 1;
    while (text.charCodeAt(slash) === BACKSLASH) slash--;
    if ((quote - slash) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/** The same for a string without escapes and control characters; undefined for any other. */
export function endOfPlainString(text: string, start: number): number | undefined {
  let index = start + 1;
  for (let char = text.charCodeAt(index); char !== QUOTE; char = text.charCodeAt(++index)) {
    if (!(char >= SPACE) || char === BACKSLASH) return undefined;
  }
  return index + 1;
}

/** Past the last digit of the run that starts at `start`. */
export function endOfDigits(text: string, start: number): number {
  let index = start;
  for (let char = text.charCodeAt(index); char >= ZERO && char <= NINE; char = text.charCodeAt(++index));
  return index;
}
