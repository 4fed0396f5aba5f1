const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** In the largest unit that leaves nothing over, else in seconds: `5 minutes`, `90 seconds`, `0.25 seconds`. */
export function humanizeSeconds(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? UNITS[3];
  const count = Number((seconds / size).toFixed(3));
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}
