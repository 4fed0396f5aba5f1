import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const PACKAGES: Readonly<Record<string, string>> = {
  '@nestjs-celery/core': 'packages/core/src',
  '@nestjs-celery/amqp': 'packages/amqp/src',
  '@nestjs-celery/typeorm': 'packages/typeorm/src',
  'nestjs-celery': 'packages/nestjs/src',
};

/** Static imports that exist at run time; `import type` is gone by then. */
const IMPORT = /^(?:import|export)\s+(?!type\s)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function importsOf(file: string, pattern = IMPORT): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(pattern)].map(([, specifier]) => resolveSpecifier(file, specifier ?? ''));
}

/** A file of ours, or the package's own name. */
function resolveSpecifier(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(file), specifier).replace(/\.js$/, '.ts');
  const name = Object.keys(PACKAGES).find((known) => specifier === known || specifier.startsWith(`${known}/`));
  if (name === undefined) return specifier;
  return join(PACKAGES[name] ?? '', specifier.slice(name.length), 'index.ts');
}

/** Everything that is loaded with a file. */
function closure(file: string): Set<string> {
  const seen = new Set<string>([file]);
  for (const next of seen) if (next.endsWith('.ts')) for (const imported of importsOf(next)) seen.add(imported);
  return seen;
}

const ANY_IMPORT = /^(?:import|export)\s+(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const allImports = (folder: string) =>
  sources(folder).flatMap((file) => importsOf(file, ANY_IMPORT).map((to) => [file, to] as const));

describe('the house', () => {
  it('has a ground floor that knows nothing above it', () => {
    const floor = ['protocol', 'contracts', 'errors'].map((room) => `packages/core/src/${room}/`);
    const upwards = floor
      .flatMap((folder) => allImports(folder))
      .filter(([, to]) => to.endsWith('.ts') && !floor.some((folder) => to.startsWith(folder)));
    expect(upwards).toEqual([]);
  });

  it('keeps libraries out of core, but for the two that a schedule loads when it is the first to need them', () => {
    const foreign = allImports('packages/core/src').filter(([, to]) => !to.endsWith('.ts') && !to.startsWith('node:'));
    const outside = foreign.filter(([file]) => !/\/(testing|schedules)\//.test(file));
    expect(outside).toEqual([]);
    const ofSchedules = foreign.filter(([file]) => file.includes('/schedules/')).map(([, to]) => to);
    expect(new Set(ofSchedules)).toEqual(new Set(['cron-parser', 'suncalc']));
    const loaded = sources('packages/core/src/schedules').flatMap((file) => importsOf(file));
    expect(loaded.filter((to) => ofSchedules.includes(to))).toEqual([]);
  });

  it('lets the client of core know neither worker nor beat', () => {
    const loaded = [...closure('packages/core/src/index.ts')];
    expect(loaded).toContain('packages/core/src/app/celery-app.ts');
    expect(loaded.filter((file) => /core\/src\/(worker|beat|memory|testing)\//.test(file))).toEqual([]);
  });

  it('lets a web process load neither worker nor beat', () => {
    const loaded = [...closure('packages/nestjs/src/index.ts')];
    expect(loaded).toContain('packages/nestjs/src/celery.module.ts');
    expect(loaded.filter((file) => /\/(worker|beat|testing|periodic-tasks)\//.test(file))).toEqual([]);
  });

  it('lets a web process that edits periodic tasks load neither worker nor beat', () => {
    const loaded = [...closure('packages/nestjs/src/periodic-tasks/index.ts')];
    expect(loaded).toContain('packages/core/src/periodic-tasks/index.ts');
    expect(loaded.filter((file) => /\/(worker|beat|testing|memory)\//.test(file))).toEqual([]);
  });

  it('never lets adapters meet, nor the face know them', () => {
    const meetings = [
      ...allImports('packages/amqp/src').filter(([, to]) => /packages\/(typeorm|nestjs)/.test(to)),
      ...allImports('packages/typeorm/src').filter(([, to]) => /packages\/(amqp|nestjs)/.test(to)),
      ...allImports('packages/nestjs/src').filter(([, to]) => /packages\/(amqp|typeorm)/.test(to)),
    ];
    expect(meetings).toEqual([]);
  });

  it('asks for the time in one file only', () => {
    const clocks = Object.values(PACKAGES)
      .flatMap((folder) => sources(folder))
      .filter((file) =>
        /\b(setTimeout|setInterval|Date\.now)\(|\bnew Date\(\)/.test(readFileSync(join(ROOT, file), 'utf8')),
      );
    expect(clocks).toEqual(['packages/core/src/time/system-clock.ts']);
  });

  it('publishes the version of its packages', async () => {
    const { VERSION } = await import('@nestjs-celery/core');
    const versions = Object.values(PACKAGES).map(
      (folder) =>
        (JSON.parse(readFileSync(join(ROOT, folder, '../package.json'), 'utf8')) as { version: string }).version,
    );
    expect(new Set(versions)).toEqual(new Set([VERSION]));
  });

  it('names in docs/compatibility.md only tests that exist', () => {
    const text = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');
    const named = [...text.matchAll(/`([\w/.-]+\.spec\.ts)`/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
