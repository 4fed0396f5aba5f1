import type { DiscoveryService } from '@nestjs/core';

/** Nest's record of a provider. */
export type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/**
 * Where a provider's methods are. A class shows them before it is instantiated (request scope). A factory's or a value's product is
 * asked itself; while a request-scoped factory has made nothing yet, the token may be the class.
 */
export function prototypeOf({ metatype, isNotMetatype, instance, token }: ProviderWrapper): object | undefined {
  if (!isNotMetatype) return (metatype as { prototype?: object }).prototype;
  if (typeof instance === 'object' && instance !== null) return Object.getPrototypeOf(instance) as object;
  return typeof token === 'function' ? (token.prototype as object) : undefined;
}

/** The first provider of each class; one that two modules provide counts once. */
export function byPrototype(providers: readonly ProviderWrapper[]): ReadonlyMap<object, ProviderWrapper> {
  const found = new Map<object, ProviderWrapper>();
  for (const provider of providers) {
    const prototype = provider.isAlias ? undefined : prototypeOf(provider);
    if (prototype && !found.has(prototype)) found.set(prototype, provider);
  }
  return found;
}

/** One instance serves everybody. */
export function isStatic(provider: ProviderWrapper): boolean {
  return provider.isDependencyTreeStatic() && !provider.isTransient;
}
