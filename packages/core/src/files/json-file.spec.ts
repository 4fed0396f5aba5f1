import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonFile } from './json-file.js';

let folder: string;
let damaged: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-file-'));
  damaged = [];
});

afterEach(() => rm(folder, { recursive: true }));

/** A file of numbers. */
function make(path = join(folder, 'numbers.json')): JsonFile<number> {
  return new JsonFile(path, {
    what: 'file of numbers',
    option: 'numbersPath, -n',
    read: (value) => (typeof value === 'number' ? value : undefined),
    onDamaged: (message) => damaged.push(message),
  });
}

describe('JsonFile', () => {
  it('gives what was saved last, and leaves nothing beside the file', async () => {
    const file = make();
    expect(await file.load()).toBeUndefined();
    await file.save(1);
    await file.save(2);
    expect(await make().load()).toBe(2);
    expect(await readdir(folder)).toEqual(['numbers.json']);
  });

  it('makes the folders that it lies in', async () => {
    const file = make(join(folder, 'a', 'b', 'numbers.json'));
    await file.save(3);
    expect(await file.load()).toBe(3);
  });

  it.each(['"seven"', '[1', ''])('puts aside what it cannot understand: %s', async (text) => {
    const file = make();
    await writeFile(file.path, text);
    expect(await file.load()).toBeUndefined();
    expect(damaged).toEqual([`The file of numbers ${file.path} is damaged: it was renamed to ${file.path}.damaged`]);
    expect(await readFile(`${file.path}.damaged`, 'utf8')).toBe(text);
    expect(await file.load()).toBeUndefined();
    expect(damaged).toHaveLength(1);
  });

  it('says so when what is damaged cannot be put aside', async () => {
    const file = make();
    await writeFile(file.path, '{');
    await mkdir(`${file.path}.damaged`);
    await expect(file.load()).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringMatching(
        /numbers\.json \(numbersPath, -n\) cannot be put aside, .*Correct its path or its rights\.$/,
      ),
    });
    expect(damaged).toEqual([]);
  });

  it('keeps the old file whole when the new one cannot be written', async () => {
    const file = make();
    await file.save(1);
    await expect(file.save(8n as unknown as number)).rejects.toMatchObject({
      code: 'IMPROPERLY_CONFIGURED',
      message: expect.stringContaining(`The file of numbers ${file.path} (numbersPath, -n) cannot be written: `),
    });
    expect(await file.load()).toBe(1);
    expect(await readdir(folder)).toEqual(['numbers.json']);
  });
});
