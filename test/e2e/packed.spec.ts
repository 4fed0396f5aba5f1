import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const PACKAGES = ['@nestjs-celery/core', '@nestjs-celery/amqp', '@nestjs-celery/typeorm', 'nestjs-celery'];

/** What `npm pack --json` says of a package. */
interface Packed {
  name: string;
  filename: string;
  files: { path: string }[];
}

/** A whole application, as it stands in the first lines of the documentation. The same text becomes an ES module and CommonJS. */
const APP = `
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { amqp } from '@nestjs-celery/amqp';
import { typeormResults } from '@nestjs-celery/typeorm';
import { CeleryModule, InjectTasks, Periodic, SharedTask, crontab, type Tasks } from 'nestjs-celery';
import { CeleryBeatModule } from 'nestjs-celery/beat';
import { PeriodicTasks, PeriodicTasksModule } from 'nestjs-celery/periodic-tasks';
import { celeryMatchers, CeleryTestingModule } from 'nestjs-celery/testing';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class MathTasks {
  @Periodic(crontab({ hour: 4, minute: 0 }))
  @SharedTask()
  async add(x = 0, y = 0): Promise<number> {
    return x + y;
  }
}

@Injectable()
class Caller {
  constructor(@InjectTasks(MathTasks) readonly tasks: Tasks<MathTasks>) {}
}

@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://', beatScheduler: 'memory' }),
    CeleryModule.forFeature([MathTasks]),
    PeriodicTasksModule.forRoot({ guards: [] }),
    CeleryWorkerModule.forRoot({}),
    CeleryBeatModule.forRoot({}),
  ],
  providers: [MathTasks, Caller],
})
class AppModule {}

const matchers: object[] = [];
Object.assign(globalThis, { expect: { extend: (more: object) => matchers.push(more) } });

async function main(): Promise<void> {
  await import('nestjs-celery/testing/jest');
  console.log('for tests:', typeof CeleryTestingModule, matchers[0] === celeryMatchers);
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'], abortOnError: false });
  await app.listen(0);
  const { tasks } = app.get(Caller);
  const result = await tasks.add.delay(2, 3);
  console.log('add gives', await result.get({ timeout: 10 }));
  await app.get(PeriodicTasks).create({ name: 'sum', task: tasks.add.name, schedule: 3600 });
  const response = await fetch((await app.getUrl()) + '/periodic-tasks/sum');
  console.log('over HTTP', ((await response.json()) as { scheduleText: string }).scheduleText);
  console.log('adapters are', typeof amqp('amqp://localhost'), typeof typeormResults({ url: 'postgres://localhost/app' }));
  await app.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
`;

const SAID = 'for tests: function true\nadd gives 5\nover HTTP every hour\nadapters are function function\n';

let folder: string;
let tarballs: Packed[];
let esmOnNest12: string;
let commonJsOnNest11: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packed-'));
  const workspaces = PACKAGES.flatMap((name) => ['--workspace', name]);
  const { stdout } = await npm(ROOT, 'pack', ...workspaces, '--pack-destination', folder, '--json');
  tarballs = Object.values(JSON.parse(stdout) as Packed[] | Record<string, Packed>);
  [esmOnNest12, commonJsOnNest11] = await Promise.all([
    makeApp({ nest: 12, type: 'module' }),
    makeApp({ nest: 11, type: 'commonjs' }),
  ]);
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what we publish', () => {
  it('is the built code and what belongs to it, and no specs or build state', () => {
    expect(tarballs.map(({ name }) => name).sort()).toEqual([...PACKAGES].sort());
    const files = tarballs.flatMap(({ name, files }) => files.map(({ path }) => `${name}: ${path}`));
    expect(files).toContain('nestjs-celery: dist/worker/index.js');
    expect(files.filter((file) => /tsbuildinfo|\.spec\.|: src\//.test(file))).toEqual([]);
    expect(files.filter((file) => !/: (dist\/.*|package\.json|README\.md|LICENSE)$/.test(file))).toEqual([]);
  });

  it('runs in an app of Nest 12 that is an ES module', async () => {
    expect(await readFile(join(esmOnNest12, 'app.js'), 'utf8')).toContain("from 'nestjs-celery'");
    expect(await runApp(esmOnNest12)).toBe(SAID);
  }, 30_000);

  it('runs in an app of Nest 11 that is CommonJS', async () => {
    expect(await readFile(join(commonJsOnNest11, 'app.js'), 'utf8')).toContain('require("nestjs-celery")');
    expect(await runApp(commonJsOnNest11)).toBe(SAID);
  }, 30_000);
});

/** Installs the tarballs beside Nest, as a user would, and compiles the app. */
async function makeApp({ nest, type }: { nest: 11 | 12; type: 'module' | 'commonjs' }): Promise<string> {
  const app = join(folder, `nest-${nest}`);
  const ours = tarballs.map(({ name, filename }) => [name, `file:${join(folder, filename)}`]);
  const theirs = {
    '@nestjs/common': `^${nest}.0.0`,
    '@nestjs/core': `^${nest}.0.0`,
    typeorm: '^1.1.1',
    '@nestjs/platform-express': `^${nest}.0.0`,
  };
  const dependencies = { ...Object.fromEntries(ours), ...theirs, 'reflect-metadata': '^0.2.2', rxjs: '^7.8.2' };
  await mkdir(app);
  await writeFile(
    join(app, 'package.json'),
    JSON.stringify({ name: `nest-${nest}`, private: true, type, dependencies }),
  );
  await writeFile(join(app, 'app.ts'), APP);
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['app.ts'] }));
  await npm(app, 'install', '--prefer-offline', '--no-audit', '--no-fund');
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', app]).catch(sayWhy);
  return app;
}

const COMPILER_OPTIONS = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  typeRoots: [join(ROOT, 'node_modules/@types')],
  types: ['node'],
};

/** It has to end by itself: an open handle would be our fault. */
async function runApp(app: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, ['app.js'], { cwd: app, timeout: 20_000 }).catch(sayWhy);
  expect(stderr).toBe('');
  return stdout;
}

/** npm in another folder, without what the npm around us says of this one. */
function npm(cwd: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_(local_prefix|node_gyp))/.test(name),
  );
  return run('npm', args, { cwd, env: Object.fromEntries(own), maxBuffer: 32 * 1024 * 1024 }).catch(sayWhy);
}

/** A command that fails prints why to stdout or to stderr. */
function sayWhy(error: Error & { stdout?: string; stderr?: string }): never {
  throw new Error([error.message, error.stdout, error.stderr].join('\n'), { cause: error });
}
