/** `Array`, `Object` (class instances too), `Date`, `Map`, `Uint8Array` …: holds for subclasses and for values of another realm. */
export function classTag(value: object): string {
  if (ArrayBuffer.isView(value))
    return value instanceof DataView ? 'DataView' : (value as Uint8Array)[Symbol.toStringTag];
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A mapping: `{}` of any realm, or an object whose prototype is missing or empty; no array, date, bytes or instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
