import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateFile } from './state-file.js';
import { WorkerLog } from './worker-log.js';

let folder: string;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-file-'));
  lines = [];
});

afterEach(() => rm(folder, { recursive: true }));

function make(path = join(folder, 'worker.state')): StateFile {
  const say = (line: string) => void lines.push(line);
  return new StateFile(path, new WorkerLog({ debug: say, log: say, warn: say, error: say }, 'INFO'));
}

const state = {
  clock: 7,
  revoked: [
    ['a', 1],
    ['__proto__', 2.5],
  ] as const,
};

describe('StateFile', () => {
  it('reads what was saved', async () => {
    await make().save(state);
    expect(await make().load()).toEqual(state);
    expect(await readdir(folder)).toEqual(['worker.state']);
  });

  it('is empty before anything was saved, and makes its folder', async () => {
    const path = join(folder, 'new', 'worker.state');
    expect(await make(path).load()).toEqual({ clock: 0, revoked: [] });
    await make(path).save(state);
    expect(await make(path).load()).toEqual(state);
    expect(lines).toEqual([]);
  });

  it.each([
    ['half of a file', '{"version":1,"clock":7,"revo'],
    ['an empty file', ''],
    ['another version', '{"version":2,"clock":7,"revoked":[]}'],
    ['a list', '[]'],
    ['a revocation without its time', '{"version":1,"clock":7,"revoked":[["a"]]}'],
    ['a clock that is none', '{"version":1,"clock":"7","revoked":[]}'],
    ['the shelve of a Python worker', '\u0013W\u009A\u00CE\0\0'],
  ])('puts aside %s with one warning, and starts anew', async (_, text) => {
    const file = make();
    await writeFile(file.path, text);
    expect(await file.load()).toEqual({ clock: 0, revoked: [] });
    expect(await readFile(`${file.path}.damaged`, 'utf8')).toBe(text);
    expect(lines).toEqual([expect.stringMatching(/worker\.state is damaged: it was renamed to .*\.damaged/)]);
    await file.save(state);
    expect(await file.load()).toEqual(state);
    expect(lines).toHaveLength(1);
  });

  it('says which file cannot be read or written', async () => {
    const file = make(folder);
    await expect(file.load()).rejects.toMatchObject({ code: 'IMPROPERLY_CONFIGURED' });
    await expect(file.save(state)).rejects.toThrow(`${folder} (workerStateDb, -S) cannot be written`);
  });

  it('keeps the old file when the new one cannot be written', async () => {
    const file = make();
    await file.save(state);
    await expect(file.save({ clock: 8n as unknown as number, revoked: [] })).rejects.toThrow('cannot be written');
    expect(await file.load()).toEqual(state);
    expect(await readdir(folder)).toEqual(['worker.state']);
  });
});
