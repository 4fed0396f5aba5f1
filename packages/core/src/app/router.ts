import { ImproperlyConfigured } from '../errors/config-errors.js';
import { globToRegExp } from '../protocol/glob.js';
import type { RouteFunction, RouteMap, RouteOptions, RoutePair, Router } from './config.js';
import { ROUTE_OPTIONS } from './option-names.js';

type Routed = RouteOptions | string | null | undefined;

/** Finds the route of a task in `taskRoutes`. Celery's `app.amqp.router`. */
export class TaskRouter {
  readonly #routers: readonly RouteFunction[];

  /** @throws ImproperlyConfigured for a router that is neither a map, a function nor a list of pairs. */
  constructor(routes: readonly Router[]) {
    this.#routers = routes.map(compileRouter);
  }

  /** The first route that a router gives; a queue's name is short for `{ queue }`. */
  route(...call: Parameters<RouteFunction>): RouteOptions | undefined {
    for (const router of this.#routers) {
      const routed = router(...call);
      if (routed) return typeof routed === 'string' ? { queue: routed } : routed;
    }
    return undefined;
  }
}

function compileRouter(router: Router, index: number): RouteFunction {
  if (typeof router === 'function') return (...call) => compileRoute(router(...call), call[0], index);
  if (Array.isArray(router)) return patternRouter(router as readonly RoutePair[], index);
  if (typeof router === 'object' && router !== null) return patternRouter(Object.entries(router as RouteMap), index);
  throw new ImproperlyConfigured(
    `taskRoutes[${index}] is ${String(router)}: a router is a map of names, a list of pairs or a function.`,
  );
}

/** Exact names first, then globs and regular expressions in their order, as Celery's `MapRoute`. */
function patternRouter(pairs: readonly RoutePair[], index: number): RouteFunction {
  const exact = new Map<string, RouteOptions | string>();
  const patterns: [RegExp, RouteOptions | string][] = [];
  for (const pair of pairs) {
    const [pattern, route] = compilePair(pair, index);
    if (pattern instanceof RegExp) patterns.push([anchored(pattern), route]);
    else if (pattern.includes('*')) patterns.push([globToRegExp(pattern), route]);
    else exact.set(pattern, route);
  }
  return (name): Routed => exact.get(name) ?? patterns.find(([pattern]) => pattern.test(name))?.[1];
}

function compilePair(pair: RoutePair, index: number): RoutePair {
  const [pattern, route] = Array.isArray(pair) ? pair : [];
  const patternFits = typeof pattern === 'string' || pattern instanceof RegExp;
  const routeFits = typeof route === 'string' || (typeof route === 'object' && route !== null);
  if (patternFits && routeFits) return [pattern, compileRoute(route, pattern, index)];
  throw new ImproperlyConfigured(
    `taskRoutes[${index}]: the route of '${String(pattern)}' is ${String(route)}; give a queue's name or { queue, … }.`,
  );
}

/** A route under our names. @throws ImproperlyConfigured for a name that no route has. */
function compileRoute<R extends Routed>(route: R, of: string | RegExp, index: number): R | RouteOptions {
  if (typeof route !== 'object' || route === null) return route;
  return ROUTE_OPTIONS.read(route, `taskRoutes[${index}]: the route of '${String(of)}'`);
}

/** Python's `match` starts at the beginning; flags that keep a position between calls would skip matches. */
function anchored(pattern: RegExp): RegExp {
  return new RegExp(`^(?:${pattern.source})`, pattern.flags.replaceAll(/[gy]/g, ''));
}
