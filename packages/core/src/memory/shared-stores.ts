interface Shared {
  store: unknown;
  users: number;
}

const SHARED = Symbol.for('nestjs-celery.memory');

type Registry = typeof globalThis & { [SHARED]?: Map<string, Shared> };

/**
 * The store of a `memory://` name: one per kind and name in this process, even across two copies of the package, so that web, worker
 * and beat meet in it. It lives until every user has called `release`, which may be called twice; then it is disposed of.
 */
export function openSharedStore<T>(
  kind: string,
  name: string,
  make: () => T,
  dispose: (store: T) => void = () => {},
): { store: T; release(): void } {
  const registry = ((globalThis as Registry)[SHARED] ??= new Map());
  const key = `${kind}:${name}`;
  const shared = registry.get(key) ?? { store: make(), users: 0 };
  registry.set(key, shared);
  shared.users += 1;
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    shared.users -= 1;
    if (shared.users > 0) return;
    if (registry.get(key) === shared) registry.delete(key);
    dispose(shared.store as T);
  };
  return { store: shared.store as T, release };
}

/** `memory://name` → `name`; `memory://` and `memory` → `''`. */
export function memoryName(url: string): string {
  return url.replace(/^memory(:\/\/)?/, '').replace(/[/?].*$/, '');
}
