import { hostname } from 'node:os';

/** A worker's name: `celery@<host>`, or the pattern of `-n` with %h (host), %n (its first part) and %d (the rest) filled in. */
export function nodeName(pattern = 'celery@%h', host = hostname()): string {
  const [name = host, ...domain] = host.split('.');
  const full = pattern.includes('@') ? pattern : `${pattern}@%h`;
  const parts: Record<string, string> = { h: host, n: name, d: domain.join('.'), '%': '%' };
  return full.replaceAll(/%([hnd%])/g, (_, letter: string) => parts[letter] ?? '');
}
