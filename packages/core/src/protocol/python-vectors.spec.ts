import { readFileSync } from 'node:fs';
import { isoParts } from './iso-grammar.js';
import { parseIso } from './iso-date.js';
import { decodeJson } from './json.js';
import { argsRepr, pythonRepr } from './python-repr.js';

interface Vectors {
  /** A JSON text, and how Celery prints what kombu reads; null where it refuses. */
  json: [text: string, repr: string | null][];
  /** Arguments as JSON and a length: their repr as a tuple and as a list. */
  repr: [args: string, maxLength: number, tuple: string, list: string][];
  iso: [text: string, answer: { seconds: number; microseconds: number; naive: boolean } | null][];
}

/** Answers of Celery 5.6 and dateutil; python-vectors.py beside them asks. */
const file = new URL('../../../../test/data/wire/python-vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

describe('Python agrees', () => {
  it.each(vectors.json)('on what the JSON %j means', (text, repr) => {
    if (repr === null) expect(() => decodeJson(text)).toThrow(expect.objectContaining({ code: 'DECODE_ERROR' }));
    else expect(pythonRepr(decodeJson(text))).toBe(repr);
  });

  it.each(vectors.repr.map((vector, index) => [index, ...vector] as const))(
    'on repr %i',
    (_, args, size, tuple, list) => {
      const value = decodeJson(args) as unknown[];
      expect(pythonRepr(value, size)).toBe(list);
      if (size === 1024) expect(argsRepr(value)).toBe(tuple);
    },
  );

  it.each(vectors.iso)('on the date %j', (text, answer) => {
    if (answer === null) {
      expect(() => parseIso(text)).toThrow(expect.objectContaining({ code: 'INVALID_TASK' }));
      return;
    }
    expect(parseIso(text).getTime()).toBe(answer.seconds * 1000 + Math.floor(answer.microseconds / 1000));
    expect(isoParts(text)).toMatchObject({ microsecond: answer.microseconds });
    expect(isoParts(text)?.offset === null).toBe(answer.naive);
  });
});
