/** @typedef {import('../benchmarks/index.mjs').Benchmark} Benchmark */
/** @typedef {import('./pairs.mjs').Figures} Figures */
/** @typedef {{ benchmark: Benchmark, figures: Figures }} Result */

/**
 * The form in which programs read the figures.
 * @param {Result[]} results
 */
export function toJson(results) {
  const rows = results.map(({ benchmark: { name, unit }, figures: { ours, peer, ratio } }) => ({
    name,
    ours: rounded(ours.value),
    peer: rounded(peer.value),
    ratio: rounded(ratio),
    unit,
  }));
  return JSON.stringify(rows, null, 2);
}

/**
 * The form in which people read them.
 * @param {Result[]} results
 */
export function toTable(results) {
  const head = ['', 'ours', 'Celery', 'ratio', 'raw', 'ours/raw', 'unit', 'goal', 'CPU µs: ours', 'Celery', 'raw', 'runs'];
  const lines = columns([head, ...results.map(row)]);
  const workloads = results.map(({ benchmark: { name, workload } }) => `  ${name}: ${workload}`);
  const legend = [
    'Medians; the ratio is that of ours to Celery, pair by pair. In rows marked ↓ less is better, so a ratio below 1 is.',
    'CPU µs: what the measured process itself used for one operation; other programs of the machine move it little.',
  ];
  return ['', ...lines, '', ...legend, '', 'What was done:', ...workloads, ''].join('\n');
}

/** @param {Result} result */
function row({ benchmark: { name, unit, goal, lowerIsBetter }, figures: { ours, peer, raw, ratio, pairs } }) {
  return [
    lowerIsBetter ? `${name} ↓` : name,
    shown(ours.value),
    shown(peer.value),
    `${shown(ratio)}x`,
    shown(raw?.value),
    shown(raw && ours.value / raw.value),
    unit,
    `${lowerIsBetter ? '≤' : '≥'} ${goal}`,
    shown(ours.cpu),
    shown(peer.cpu),
    shown(raw?.cpu),
    String(pairs),
  ];
}

/**
 * The first column to the left, all others to the right.
 * @param {string[][]} rows
 */
function columns(rows) {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0))) ?? [];
  return rows.map((cells) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}

/** @param {number | undefined} value */
function shown(value) {
  return value === undefined ? '' : rounded(value).toLocaleString('en-US');
}

/**
 * Three digits are all that such figures are good for.
 * @param {number} value
 */
function rounded(value) {
  return Number(value.toPrecision(3));
}
