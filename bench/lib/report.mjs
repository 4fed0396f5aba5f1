/** @typedef {import('./series.mjs').Series} Series */

/**
 * The form in which programs read the figures.
 * @param {Series[]} all
 */
export function toJson(all) {
  const rows = all.map((series) => {
    const { name, unit } = series.benchmark;
    const { ours, peer, ratio } = series.figures();
    return { name, ours: rounded(ours.value), peer: rounded(peer.value), ratio: rounded(ratio), unit };
  });
  return JSON.stringify(rows, null, 2);
}

/**
 * The form in which people read them.
 * @param {Series[]} all
 */
export function toTable(all) {
  const head = [
    '',
    'ours',
    'Celery',
    'ratio',
    'raw',
    'ours/raw',
    'unit',
    'goal',
    'CPU µs: ours',
    'Celery',
    'raw',
    'runs',
  ];
  const lines = columns([head, ...all.map(row)]);
  const workloads = all.map(({ benchmark: { name, workload } }) => `  ${name}: ${workload}`);
  const legend = [
    'Medians; the ratio is that of ours to Celery, pair by pair. In rows marked ↓ less is better, so a ratio below 1 is.',
    'CPU µs: what the measured process itself used for one operation; other programs of the machine move it little.',
  ];
  return ['', ...lines, '', ...legend, '', 'What was done:', ...workloads, ''].join('\n');
}

/** @param {Series} series */
function row(series) {
  const { name, unit, goal, lowerIsBetter } = series.benchmark;
  const { ours, peer, raw, ratio, pairs } = series.figures();
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
