type Given<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

/**
 * The options of two floors, those of `above` first. Null and undefined mean "not given": they hide nothing and come out as undefined.
 * On the path of every call: two loops, no array.
 */
export function overlay<B extends object, A extends object>(below: B, above: A): B & Given<A> {
  const merged: Record<string, unknown> = { ...(below as object), ...(above as object) };
  for (const name in merged) {
    if (merged[name] === null || merged[name] === undefined) {
      merged[name] = (below as Record<string, unknown>)[name] ?? undefined;
    }
  }
  return merged as B & Given<A>;
}
