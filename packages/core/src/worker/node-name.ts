import { hostname } from 'node:os';

/** A worker's name: `celery@<host>`, or the pattern of `-n` with %h (host), %n (its first part) and %d (the rest) filled in. */
export function nodeName(pattern = 'celery@%h', host = hostname()): string {
  const [name = host, ...domain] = host.split('.');
  const full = pattern.includes('@') ? pattern : `${pattern}@%h`;
  const parts: Record<string, string> = { h: host, n: name, d: domain.join('.'), '%': '%' };
  return full.replaceAll(/%([hnd%])/g, (_, letter: string) => parts[letter] ?? '');
}

/** A path with %h (host), %n (the name before the @), %d (domain) and %p (the whole node name) filled in. Celery's `node_format`. */
export function expandNodeName(pattern: string, node: string): string {
  const at = node.indexOf('@');
  const host = node.slice(at + 1);
  const [, ...domain] = host.split('.');
  const parts: Record<string, string> = { h: host, n: node.slice(0, at), d: domain.join('.'), p: node, '%': '%' };
  return pattern.replaceAll(/%([hndp%])/g, (_, letter: string) => parts[letter] ?? '');
}
