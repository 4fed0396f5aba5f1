import { decodeJson } from '../protocol/json.js';
import { isReservedHeader } from '../protocol/task-headers.js';

/** The columns that hold JSON, and what it has to be there. */
export const JSON_COLUMNS = { args: 'array', kwargs: 'object', headers: 'object' } as const;
export type JsonColumn = keyof typeof JSON_COLUMNS;

/** What an empty column means, and most of the others say. */
const NOTHING = { array: '[]', object: '{}' } as const;

/** What is wrong with the text of a column; undefined: nothing. */
export function jsonProblem(column: JsonColumn, text: unknown): string | undefined {
  const kind = JSON_COLUMNS[column];
  if (text === NOTHING[kind] || text === '') return undefined;
  if (typeof text !== 'string') return 'This field is required.';
  try {
    const value = decodeJson(text);
    if (!isOfKind(kind, value)) return `${column} has to be a JSON ${kind}, such as ${EXAMPLES[kind]}.`;
    return column === 'headers' ? reservedName(value as object) : undefined;
  } catch (error) {
    return `Unable to parse JSON: ${(error as Error).message}`;
  }
}

/** With such a header each run would be given up. */
function reservedName(headers: object): string | undefined {
  const reserved = Object.keys(headers).find(isReservedHeader);
  return reserved && `The header '${reserved}' belongs to Celery's protocol: give it another name.`;
}

const EXAMPLES = { array: '[1, "two"]', object: '{"key": "value"}' } as const;

/** The positional arguments of a row. @throws DecodeError */
export function readArray(text: string): unknown[] {
  return text === '' ? [] : (decodeJson(text) as unknown[]);
}

/** Keyword arguments or headers of a row. @throws DecodeError */
export function readObject(text: string): Record<string, unknown> {
  return text === '' ? {} : (decodeJson(text) as Record<string, unknown>);
}

function isOfKind(kind: 'array' | 'object', value: unknown): boolean {
  if (kind === 'array') return Array.isArray(value);
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
