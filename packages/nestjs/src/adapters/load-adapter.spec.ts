import { ImproperlyConfigured } from '@nestjs-celery/core';
import { loadBroker, loadMemorySchedules, loadResultBackend } from './load-adapter.js';

/** Packages whose factories give back the URL, and a record of what was imported. */
function packages(...installed: string[]) {
  const imported: string[] = [];
  const load = async (name: string) => {
    imported.push(name);
    if (!installed.includes(name)) {
      throw Object.assign(new Error(`Cannot find package '${name}' imported from /app`), {
        code: 'ERR_MODULE_NOT_FOUND',
      });
    }
    const create = (url: unknown) => () => ({ url });
    const memory = { memoryBroker: create, memoryResultBackend: create, memorySchedules: create };
    return { createBroker: create, createResultBackend: create, ...memory };
  };
  return { imported, load };
}

const made = async (factory: Promise<unknown>) => ((await factory) as () => { url: unknown })().url;

describe('loadBroker', () => {
  it.each([
    ['amqp://guest@localhost//', '@nestjs-celery/amqp'],
    ['amqps://guest@localhost//', '@nestjs-celery/amqp'],
    ['pyamqp://guest@localhost//', '@nestjs-celery/amqp'],
    ['AMQP://guest@localhost//', '@nestjs-celery/amqp'],
    ['memory://', '@nestjs-celery/core/memory'],
  ])('loads for %s the package %s', async (url, name) => {
    const { imported, load } = packages(name);
    expect(await made(loadBroker(url, load))).toBe(url);
    expect(imported).toEqual([name]);
  });

  it('takes an adapter as it is', async () => {
    const adapter = () => undefined as never;
    expect(await loadBroker(adapter)).toBe(adapter);
  });

  it('hands a failover list over as one, however it is written', async () => {
    const { load } = packages('@nestjs-celery/amqp');
    const urls = ['amqp://a', 'amqps://b'];
    expect(await made(loadBroker(urls, load))).toEqual(urls);
    expect(await made(loadBroker('amqp://a;amqps://b', load))).toEqual(urls);
  });

  it.each([
    [['amqp://a', 'memory://'], /URLs of different kinds/],
    [[], /empty list/],
    ['carrot://host', /unknown scheme 'carrot'.*amqp:\/\/, amqps:\/\/, pyamqp:\/\/, memory:\/\//],
    ['redis://user:secret@host', /unknown scheme 'redis'/],
    ['/no/url', /broker is no URL/],
  ])('refuses %j', async (url, message) => {
    await expect(loadBroker(url, packages().load)).rejects.toThrow(ImproperlyConfigured);
    await expect(loadBroker(url, packages().load)).rejects.toThrow(message);
  });

  it('never shows a password', async () => {
    await expect(loadBroker('redis://user:secret@host', packages().load)).rejects.not.toThrow('secret');
  });

  it('gives the line that installs a missing package', async () => {
    const loading = loadBroker('amqp://localhost', packages().load);
    await expect(loading).rejects.toThrow('@nestjs-celery/amqp is not installed. Run: npm install @nestjs-celery/amqp');
  });

  it('passes on an error inside a package', async () => {
    const error = Object.assign(new Error("Cannot find package 'amqplib'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadBroker('amqp://localhost', () => Promise.reject(error))).rejects.toBe(error);
  });

  it('says so when the package is of another version', async () => {
    await expect(loadBroker('amqp://localhost', async () => ({}))).rejects.toThrow(/has no createBroker\(\)/);
  });
});

describe('loadResultBackend', () => {
  it.each([
    ['postgres://localhost/app', '@nestjs-celery/typeorm'],
    ['postgresql://localhost/app', '@nestjs-celery/typeorm'],
    ['django-db', '@nestjs-celery/typeorm'],
    ['memory://results', '@nestjs-celery/core/memory'],
  ])('loads for %s the package %s', async (url, name) => {
    const { imported, load } = packages(name);
    expect(await made(loadResultBackend(url, load))).toBe(url);
    expect(imported).toEqual([name]);
  });

  it("refuses Celery's SQLAlchemy backend, whose tables are others", async () => {
    await expect(loadResultBackend('db+postgresql://localhost/app', packages().load)).rejects.toThrow(
      /unknown scheme 'db\+postgresql'.*django-db/,
    );
  });
});

describe('loadMemorySchedules', () => {
  it('loads memory, and nothing else', async () => {
    const { imported, load } = packages('@nestjs-celery/core/memory');
    expect(await made(loadMemorySchedules('memory://default', load))).toBe('memory://default');
    expect(imported).toEqual(['@nestjs-celery/core/memory']);
  });
});
