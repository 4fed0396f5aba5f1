import { BadRequestException, StandardSchemaValidationPipe } from '@nestjs/common';
import { newPostSchema } from '../posts/new-post.js';
import { newReportSchema } from '../reports/new-report.js';
import { rowId, uuid } from './readers.js';
import { list, schema } from './schema.js';
import type { Schema } from './schema.js';

const pipe = new StandardSchemaValidationPipe();
const read = (value: unknown, by: Schema) => pipe.transform(value, { type: 'body', schema: by });

async function complaints(value: unknown, by: Schema): Promise<unknown> {
  const error: unknown = await read(value, by).catch((reason: unknown) => reason);
  if (!(error instanceof BadRequestException)) throw new Error('It was let through.', { cause: error });
  return (error.getResponse() as { message: unknown }).message;
}

describe('what a client sends', () => {
  it('passes when every field fits, without the blanks around a text', async () => {
    expect(await read({ title: ' Hello ', body: 'x' }, newPostSchema)).toEqual({ title: 'Hello', body: 'x' });
  });

  it('is refused with a sentence for each field that does not fit', async () => {
    expect(await complaints({ title: '  ', author: 'me' }, newPostSchema)).toEqual([
      'author: is not known here',
      'title: must not be empty',
      'body: is missing',
    ]);
  });

  it.each([null, [], 'text', 1, undefined])('is refused when it is no object: %j', async (value) => {
    expect(await complaints(value, newPostSchema)).toEqual(['must be a JSON object']);
  });

  it('has no fields but its own', async () => {
    const inherited = Object.create({ title: 'x', body: 'y' }) as unknown;
    expect(await complaints(inherited, newPostSchema)).toEqual(['title: is missing', 'body: is missing']);
  });

  it('is refused where PostgreSQL could not store it', async () => {
    const post = { title: 'a\0b', body: 'x'.repeat(20_001) };
    expect(await complaints(post, newPostSchema)).toEqual([
      'title: must not contain a NUL character',
      'body: must have at most 20000 characters, and has 20001',
    ]);
  });

  it.each(['2026-02-30', '2026-13-01', '21.11.2026', '0000-01-01', 20261121])('is no day: %j', async (from) => {
    const report = { from, to: '2026-11-21', email: 'you@example.org' };
    expect(await complaints(report, newReportSchema)).toEqual(['from: must be a day such as 2026-11-21']);
  });

  it.each(['you', 'a@b@c', 'a b@c', 'a@b\r\nBcc: c@d', 'a@b,c@d'])('is no mail address: %j', async (email) => {
    const report = { from: '2026-11-20', to: '2026-11-21', email };
    expect(await complaints(report, newReportSchema)).toEqual([
      'email: must be a mail address such as you@example.org',
    ]);
  });

  it('is refused when a range ends before it begins', async () => {
    const report = { from: '2026-11-21', to: '2026-11-20', email: 'you@example.org' };
    expect(await complaints(report, newReportSchema)).toEqual([`to: must not be before 'from'`]);
  });

  it('is a row number only within what a row can have', async () => {
    expect(await read('7', schema(rowId))).toBe(7);
    for (const id of ['0', '-1', '1.5', '0x1', '2147483648', '']) {
      expect(await complaints(id, schema(rowId))).toEqual(['must be the number of a row, such as 1']);
    }
  });
});

describe('the arguments of a task', () => {
  const byId = schema(list(uuid, rowId));

  it('pass as a list of so many, and each is read', async () => {
    const id = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
    expect(await read([id, '7'], byId)).toEqual([id, 7]);
    expect(await complaints([id], byId)).toEqual(['must be a list of 2']);
    expect(await complaints(['x', '0'], byId)).toEqual([
      '0: must be a UUID',
      '1: must be the number of a row, such as 1',
    ]);
  });
});
