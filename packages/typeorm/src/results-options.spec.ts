import { DataSource } from 'typeorm';
import { adapterDeps } from '@nestjs-celery/core/testing';
import { createResultBackend, typeormResults } from './index.js';
import { safeUrl } from './safe-url.js';

describe('the address', () => {
  const environment = process.env.DATABASE_URL;
  afterEach(() => void (process.env.DATABASE_URL = environment));

  it.each([
    ['postgres://app:s3cret@db.example:6432/reports', 'postgres://app:**@db.example:6432/reports'],
    ['postgresql://app@db/reports?password=s3cret&sslmode=require', 'postgresql://app@db/reports'],
    ['postgres://a%40b:p%40ss:s3cret@[::1]/x', 'postgres://a%40b:**@[::1]/x'],
    ['postgres:///reports', 'postgres:///reports'],
    ['postgres://app:s3cret@db:port/reports', 'postgres://(not a valid URL)'],
  ])('of %s is shown without the password', (url, shown) => {
    expect(safeUrl(url)).toBe(shown);
    expect(createResultBackend(url)(adapterDeps()).safeUrl).toBe(shown);
  });

  it('is shown for a DataSource too', () => {
    const shown = (options: object) =>
      typeormResults({ dataSource: new DataSource({ type: 'postgres', ...options }) })(adapterDeps()).safeUrl;
    expect(shown({ url: 'postgres://a:s3cret@db/x' })).toBe('postgres://a:**@db/x');
    expect(shown({ host: 'db', port: 5433, username: 'a', password: 's3cret', database: 'x' })).toBe(
      'postgres://a@db:5433/x',
    );
    expect(shown({})).toBe('postgres://localhost/');
  });

  it('is DATABASE_URL where none is given', () => {
    process.env.DATABASE_URL = 'postgres://a@db/from-environment';
    expect(typeormResults()(adapterDeps()).safeUrl).toContain('from-environment');
    expect(createResultBackend('django-db')(adapterDeps()).safeUrl).toContain('from-environment');
    expect(typeormResults({ url: 'postgres://a@db/given' })(adapterDeps()).safeUrl).toContain('given');
  });

  it('is missed with a clear error', () => {
    delete process.env.DATABASE_URL;
    expect(() => typeormResults()).toThrow(/has no database: give it .* or set DATABASE_URL/);
    process.env.DATABASE_URL = 'mysql://root:s3cret@db/x';
    expect(() => typeormResults()).toThrow(/must begin with postgres/);
    expect(() => createResultBackend('db+postgresql://a:s3cret@db/x')).toThrow(
      /^'db\+postgresql' is no result backend of/,
    );
  });
});

it.each([
  [{ url: 'postgres://db/x', dataSource: 'token' }, /a url or a dataSource, not both/],
  [{ url: 'postgres://db/x', tablePrefix: 'no-good' }, /tablePrefix 'no-good'/],
  [{ url: 'postgres://db/x', tablePrefix: '' }, /tablePrefix ''/],
  [{ url: 'postgres://db/x', taskIdMaxLength: 0.5 }, /taskIdMaxLength 0.5/],
])('refuses %j', (options, message) => {
  expect(() => typeormResults(options)).toThrow(message);
});
