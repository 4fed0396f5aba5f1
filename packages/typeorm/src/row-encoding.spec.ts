import { readdirSync, readFileSync } from 'node:fs';
import type { TaskMeta } from '@nestjs-celery/core';
import { toTaskMeta } from './stored-row.js';
import type { StoredRow } from './stored-row.js';
import { toTaskRow } from './task-row.js';

/** Rows that Celery 5.6 with django-celery-results 2.6 wrote, `result_extended` and `task_track_started` on. */
type DjangoRow = Omit<StoredRow, 'done_ms' | 'started_ms'> & { date_done: string; date_started: string | null };

const DATA = new URL('../../../test/data/wire/', import.meta.url);
const captured = readdirSync(DATA)
  .filter((file) => file.startsWith('worker-dj-'))
  .flatMap((file) => rowsOf(file).map((row) => [`${file} ${row.task_name} ${row.status}`, row] as const));

function rowsOf(file: string): DjangoRow[] {
  const { rows } = JSON.parse(readFileSync(new URL(file, DATA), 'utf8')) as { rows: Record<string, DjangoRow[]> };
  return rows.django_celery_results_taskresult ?? [];
}

function stored({ date_done, date_started, ...row }: DjangoRow): StoredRow {
  return {
    ...row,
    done_ms: Date.parse(date_done),
    started_ms: date_started === null ? null : Date.parse(date_started),
  };
}

const NOW = new Date('2026-01-01T00:00:00Z');
const json = (data: string) => ({ contentType: 'application/json', contentEncoding: 'utf-8', data });
const done: TaskMeta = {
  taskId: 'a',
  status: 'SUCCESS',
  result: json('5'),
  traceback: null,
  children: [],
  dateDone: NOW,
};

describe('rows of Django', () => {
  it('were captured', () => expect(captured.length).toBeGreaterThan(10));

  it.each(captured)('are written by us as by Celery: %s', (_, row) => {
    const ours = toTaskRow(toTaskMeta(stored(row)), NOW);
    const isRepr = row.task_args?.startsWith('"') ?? true; // the steps of a broken chain are stored with the arguments themselves
    expect(ours).toMatchObject({
      taskId: row.task_id,
      status: row.status,
      contentType: row.content_type,
      contentEncoding: row.content_encoding,
      result: row.result,
      traceback: row.traceback,
      meta: row.meta,
      extended: {
        taskName: row.task_name,
        ...(isRepr && { taskArgs: row.task_args, taskKwargs: row.task_kwargs }),
        worker: row.worker,
        periodicTaskName: row.periodic_task_name,
      },
    });
    expect(Date.parse(ours.savedAt)).toBe(Date.parse(row.date_done));
  });

  it('give the reprs of the arguments, or the arguments as they stand', () => {
    const reprs = captured.map(([, row]) => toTaskMeta(stored(row)).extended?.argsrepr);
    expect(reprs).toEqual(expect.arrayContaining(["('x', 1)", "('håå☃',)", '[4]']));
  });

  it('are read whatever stands in the columns that are ours to parse', () => {
    const [, row] = captured[0] as (typeof captured)[0];
    const odd = (columns: Partial<StoredRow>) => toTaskMeta({ ...stored(row), ...columns });
    expect(odd({ meta: null }).children).toEqual([]);
    expect(odd({ meta: 'no json' }).children).toEqual([]);
    expect(odd({ meta: '{"children": null, "__proto__": {"children": [1]}}' }).children).toEqual([]);
    expect(odd({ meta: '{"children": [[["a", null], null], 7, [null]]}' }).children).toEqual([[['a', null], null]]);
    expect(odd({ result: null }).result).toEqual(json('null'));
    expect(odd({ status: 'RETRY' }).dateDone).toBeUndefined();
    expect(odd({ task_args: '(1, 2' }).extended?.argsrepr).toBe('(1, 2');
  });
});

describe('our rows', () => {
  it('hold bytes in base64, and no meta that Django would read in another serializer', () => {
    const result = { contentType: 'application/x-msgpack', contentEncoding: 'binary', data: Buffer.from([0, 255]) };
    expect(toTaskRow({ ...done, result }, NOW)).toMatchObject({
      result: 'AP8=',
      contentEncoding: 'binary',
      meta: null,
    });
  });

  it('are dated by their storing while the task goes on', () => {
    const started: TaskMeta = { taskId: 'a', status: 'STARTED', result: json('{}'), traceback: null, children: [] };
    expect(toTaskRow(started, NOW)).toMatchObject({ savedAt: NOW.toISOString(), startedAt: null });
    expect(toTaskRow({ ...started, dateStarted: NOW }, NOW).startedAt).toBe(NOW.toISOString());
  });

  it('hold a traceback that PostgreSQL takes', () => {
    expect(toTaskRow({ ...done, traceback: 'Error: \0\0' }, NOW).traceback).toBe('Error: \\x00\\x00');
  });

  it('hold children in ASCII, as Python writes them', () => {
    expect(toTaskRow({ ...done, children: [[['é\u007f😀', null], []]] }, NOW).meta).toBe(
      String.raw`{"children": [[["\u00e9\u007f\ud83d\ude00", null], []]]}`,
    );
  });
});
