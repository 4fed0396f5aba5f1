import { ImproperlyConfigured } from '@nestjs-celery/core';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds, or text: `'90s'`, `'1.5h'`, `'1d'`. */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/** @throws ImproperlyConfigured for what is no time, or less than none */
export function milliseconds(duration: Duration): number {
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  const ms = typeof duration === 'number' ? duration : Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (ms >= 0 && ms < Infinity) return ms;
  throw new ImproperlyConfigured(`advance('${duration}'): give milliseconds, or a text such as '90s', '1h' or '7d'.`);
}
