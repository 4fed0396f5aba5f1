import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScheduleFile } from './schedule-file.js';
import type { FiledEntries, FileSettings } from './schedule-file.js';

let folder: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'schedule-file-'));
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true }));

function make(settings: Partial<FileSettings> = {}, path = join(folder, 'celerybeat-schedule.json')): ScheduleFile {
  const silent = () => {};
  const logger = { debug: silent, log: silent, error: silent, warn: (line: string) => void warnings.push(line) };
  return new ScheduleFile(path, { timezone: 'UTC', enableUtc: true, ...settings }, logger);
}

const at = (time: string) => new Date(`2026-01-01T${time}Z`);
const ran = { schedule: 'every 30 seconds', lastRunAt: at('00:00:30.004'), lastTaskId: 'a', totalRunCount: 1 };
const ENTRIES: FiledEntries = new Map([
  ['ran', { progress: { since: at('00:00:30'), ...ran }, claims: [] }],
  ['new', { progress: { since: at('00:00:00.001'), schedule: 'every hour', totalRunCount: 0 }, claims: [] }],
  [
    'claimed',
    {
      claims: [
        { dueAt: at('00:01:00'), taskId: 'b' },
        { dueAt: at('00:02:00'), taskId: 'c' },
      ],
    },
  ],
  ['__proto__', { progress: { since: at('00:00:30'), ...ran }, claims: [] }],
]);

describe('ScheduleFile', () => {
  it('reads what was saved, dates to the millisecond', async () => {
    await make().save(ENTRIES);
    expect(await make().load()).toEqual(ENTRIES);
    expect(await readdir(folder)).toEqual(['celerybeat-schedule.json']);
    expect(warnings).toEqual([]);
  });

  it("has the fields of Celery's shelve", async () => {
    const file = make({ timezone: 'Asia/Seoul', enableUtc: false });
    await file.save(new Map());
    expect(JSON.parse(await readFile(file.path, 'utf8'))).toEqual({
      version: 1,
      tz: 'Asia/Seoul',
      utcEnabled: false,
      entries: {},
    });
  });

  it('knows nothing before anything was saved, and makes its folder', async () => {
    const file = make({}, join(folder, 'new', 'beat.json'));
    expect(await file.load()).toEqual(new Map());
    await file.save(ENTRIES);
    expect(await file.load()).toEqual(ENTRIES);
  });

  it.each<[string, Partial<FileSettings>]>([
    ['Timezone changed from UTC to Asia/Seoul', { timezone: 'Asia/Seoul' }],
    ['UTC changed from true to false', { enableUtc: false }],
  ])('begins anew where that has changed which the times depend on: %s', async (change, settings) => {
    await make().save(ENTRIES);
    const file = make(settings);
    expect(await file.load()).toEqual(new Map());
    expect(warnings).toEqual([`Reset: ${change}: every entry of ${file.path} begins to count now.`]);
  });

  it.each([
    ['half of a file', '{"version":1,"tz":"UTC","utc'],
    ['an empty file', ''],
    ['another version', '{"version":2,"tz":"UTC","utcEnabled":true,"entries":{}}'],
    ['no time zone', '{"version":1,"utcEnabled":true,"entries":{}}'],
    ['entries that are a list', '{"version":1,"tz":"UTC","utcEnabled":true,"entries":[]}'],
    ['the shelve of a Python beat', '\u0013W\u009A\u00CE\0\0'],
    ...[
      ['an entry that is none', '"x"'],
      ['an entry without claims', '{}'],
      ['a claim without its id', '{"claims":[{"dueAt":"2026-01-01T00:00:00.000Z"}]}'],
      ['a claim at no time', '{"claims":[{"dueAt":"soon","taskId":"a"}]}'],
      ['progress since no time', '{"claims":[],"progress":{"since":0,"schedule":"every hour","totalRunCount":1}}'],
      ['progress of no schedule', '{"claims":[],"progress":{"since":"2026-01-01T00:00:00.000Z","totalRunCount":1}}'],
      ['progress that is none', '{"claims":[],"progress":7}'],
    ].map(([what, entry]) => [what, `{"version":1,"tz":"UTC","utcEnabled":true,"entries":{"a":${entry}}}`]),
  ] as [string, string][])('puts aside %s with one warning, and starts anew', async (_, text) => {
    const file = make();
    await writeFile(file.path, text);
    expect(await file.load()).toEqual(new Map());
    expect(await readFile(`${file.path}.damaged`, 'utf8')).toBe(text);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The schedule file .* is damaged: it was renamed to .*\.damaged, and every entry begins to count now\.$/,
      ),
    ]);
    await file.save(ENTRIES);
    expect(await make().load()).toEqual(ENTRIES);
  });

  it('says which file cannot be read or written, and which option names it', async () => {
    const file = make({}, folder);
    const message = (done: string) => expect.stringContaining(`${folder} (beatScheduleFilename, -s) cannot be ${done}`);
    const code = 'IMPROPERLY_CONFIGURED';
    await expect(file.load()).rejects.toMatchObject({ code, message: message('read') });
    await expect(file.save(ENTRIES)).rejects.toMatchObject({ code, message: message('written') });
  });
});
