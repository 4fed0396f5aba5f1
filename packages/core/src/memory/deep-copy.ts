/** A copy of lists, records and dates, as deep as they go. `structuredClone` would make dates of another realm under jest. */
export function deepCopy<T>(value: T): T {
  if (value instanceof Date) return new Date(value) as T;
  if (Array.isArray(value)) return value.map(deepCopy) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, deepCopy(part as unknown)])) as T;
}
