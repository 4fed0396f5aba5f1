import { atRest } from '../lib/beat.mjs';

/** @typedef {import('../lib/beat.mjs').Rest} Rest */
/** @typedef {import('../lib/side.mjs').Side} Side */
/** @typedef {import('../lib/stage.mjs').Stage} Stage */
/** @typedef {import('./index.mjs').Benchmark} Benchmark */

const ROWS = 100_000;
const FEW_ROWS = 1_000;
const EDITS = 9;
/** Each takes it seconds. */
const EDITS_CELERY = 3;

const thousands = (/** @type {number} */ rows) => rows.toLocaleString('en-US');
const CELERY = 'Celery: django-celery-beat with as many, of which it loads half, leaving out crontabs of far hours';

/** One run of each side gives all figures. @type {Map<string, Map<Side, Rest>>} */
const figures = new Map([
  ['many', new Map()],
  ['few', new Map()],
]);

/**
 * @param {'many' | 'few'} what
 * @param {{ rows: number, edits: number }} counts
 * @param {Side} side
 * @param {Stage} stage
 */
async function measured(what, counts, side, stage) {
  const known = figures.get(what)?.get(side) ?? (await atRest(side, stage, counts));
  figures.get(what)?.set(side, known);
  return known;
}

/** @type {(figure: keyof Rest) => Benchmark['run']} */
const ofMany = (figure) => async (side, stage, isPeer) => {
  const counts = { rows: ROWS, edits: isPeer ? EDITS_CELERY : EDITS };
  return { value: (await measured('many', counts, side, stage))[figure] };
};

/** @type {Benchmark['run']} */
const editOfFew = async (side, stage, isPeer) => {
  const counts = { rows: FEW_ROWS, edits: isPeer ? EDITS_CELERY : EDITS };
  return { value: (await measured('few', counts, side, stage)).edit };
};

/** @type {Benchmark} */
const beatReady = {
  name: 'beat-ready-100k',
  unit: 's',
  lowerIsBetter: true,
  goal: '5',
  workload: `from the start of the process until ${thousands(ROWS)} enabled rows, half intervals, half crontabs, are loaded and planned. ${CELERY}`,
  pairs: 1,
  run: ofMany('ready'),
};

/** @type {Benchmark} */
const beatIdleCpu = {
  name: 'beat-idle-cpu',
  unit: '% of a core',
  lowerIsBetter: true,
  goal: '2',
  workload:
    'the process of that beat for 10 s in which nothing is due; 0.1 is the least that can be told. Celery: as above',
  pairs: 1,
  run: ofMany('cpu'),
};

/** @type {Benchmark} */
const beatIdleServer = {
  name: 'beat-idle-pg-cpu',
  unit: '% of a core',
  lowerIsBetter: true,
  goal: '2',
  workload: "PostgreSQL's sessions of that beat in these 10 s. Celery: as above",
  pairs: 1,
  run: ofMany('serverCpu'),
};

/** @type {Benchmark} */
const beatMemory = {
  name: 'beat-rss-mb',
  unit: 'MB',
  lowerIsBetter: true,
  goal: '250',
  workload: `RSS of the beat with ${thousands(ROWS)} rows after that. ${CELERY}; PSS`,
  pairs: 1,
  run: ofMany('memory'),
};

/** @type {Benchmark} */
const beatEdit = {
  name: 'beat-edit-100k',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '1000',
  workload: `from an UPDATE that turns on one clocked row, whose time has come, among ${thousands(ROWS)} until its message is there, median of ${EDITS}. Celery: median of ${EDITS_CELERY}, told by PeriodicTasks.last_update`,
  pairs: 1,
  run: ofMany('edit'),
};

/** @type {Benchmark} */
const beatEditFew = {
  name: 'beat-edit-1k',
  unit: 'ms',
  lowerIsBetter: true,
  goal: '1000',
  workload: `the same among ${thousands(FEW_ROWS)}: an edit costs the same however many rows there are. Celery: also`,
  pairs: 1,
  run: editOfFew,
};

export const beatAtRest = [beatReady, beatIdleCpu, beatIdleServer, beatMemory, beatEdit, beatEditFew];
