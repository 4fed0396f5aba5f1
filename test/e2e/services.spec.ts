import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canStartOwnServer } from '../support/own-server.js';
import { startProcess } from '../support/processes.js';
import { amqpUrl, databaseUrl } from '../support/servers.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICES = join(ROOT, 'scripts/services.mjs');
const WITH_SERVICES = join(ROOT, 'scripts/with-services.mjs');
/** A command that says where Redis is and then waits to be ended. */
const WAITS = ['sh', '-c', 'echo running with $REDIS_URL; exec sleep 1000'];

/** On a machine where a Redis listens already, that one is chosen: then nothing is started, and nothing may be stopped. */
const local = canStartOwnServer('redis') && !(await answers('redis://localhost:6379'));

/** The tool is tried with Redis, which starts in no time; the other servers are those of the test run. */
describe('the tool that brings the services up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'services-spec-'));
  const stateFile = join(folder, 'state.json');
  const env = environment(folder);
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (script: string, args: string[], more = {}) => execute([script, ...args], { ...env, ...more });
  const state = () => JSON.parse(readFileSync(stateFile, 'utf8')) as { folder: string };

  (local ? it : it.skip)('starts a server, finds it again, and stops it without a trace', async () => {
    const up = await run(SERVICES, ['up', 'redis']);
    const url = /^export REDIS_URL='(.*)'$/m.exec(up.stdout)?.[1] ?? '';
    expect(up.stderr).toMatch(/Redis: local binaries, ready in .* s, redis:/);
    expect(await answers(url)).toBe(true);
    const { folder: data } = state();

    expect((await run(SERVICES, ['up', 'redis'])).stdout).toBe(up.stdout);
    expect((await run(SERVICES, ['status'])).stdout).toContain(`Redis: started by this tool (local), ${url} answers`);

    expect((await run(SERVICES, ['down'])).code).toBe(0);
    expect(await answers(url)).toBe(false);
    expect([existsSync(data), existsSync(stateFile)]).toEqual([false, false]);
  });

  it('gives a command its servers, ends with its exit code, and takes down what it started', async () => {
    const { code, stdout } = await run(WITH_SERVICES, ['sh', '-c', 'echo $REDIS_URL; exit 7']);
    expect(code).toBe(7);
    expect(stdout).toMatch(/^redis:\/\//);
    if (local) expect(await answers(stdout.trim())).toBe(false);
  });

  it('takes down what it started when it is ended by a signal, after the command', async () => {
    const holder = await startProcess(process.execPath, [WITH_SERVICES, ...WAITS], { env, ready: /running with/ });
    const url = (await holder.waitForLog(/running with (\S+)/))[1] ?? '';
    expect(await holder.stop('SIGTERM')).toEqual({ code: 143, signal: null });
    if (local) expect(await answers(url)).toBe(false);
  });

  it('leaves the servers to another run that uses them, and the last one takes them down', async () => {
    const first = await startProcess(process.execPath, [WITH_SERVICES, ...WAITS], { env, ready: /running with/ });
    const second = await startProcess(process.execPath, [WITH_SERVICES, ...WAITS], { env, ready: /running with/ });
    const url = (await second.waitForLog(/running with (\S+)/))[1] ?? '';
    await first.stop();
    expect(await answers(url)).toBe(true);
    expect((await run(SERVICES, ['down'])).code).toBe(local ? 1 : 0);
    expect(await answers(url)).toBe(true);
    await second.stop();
    if (local) expect(await answers(url)).toBe(false);
  });

  it('cleans up after a run that was killed', async () => {
    const killed = await startProcess(process.execPath, [WITH_SERVICES, ...WAITS], { env, ready: /running with/ });
    const url = (await killed.waitForLog(/running with (\S+)/))[1] ?? '';
    await killed.kill();
    expect(await answers(url)).toBe(true);
    expect((await run(WITH_SERVICES, ['true'])).code).toBe(0);
    if (local) expect(await answers(url)).toBe(false);
  });

  it('does not touch a process that only has the number of one it started, nor a folder it did not make', async () => {
    const bystander = await startProcess('sleep', ['1000']);
    const redis = { source: 'local', url: 'redis://127.0.0.1:1', processes: [{ pid: bystander.pid, birth: '1' }] };
    writeFileSync(stateFile, JSON.stringify({ version: 1, kept: true, holders: [], started: { redis }, folder }));
    expect((await run(SERVICES, ['down'])).code).toBe(0);
    expect(bystander.hasEnded).toBe(false);
    expect(existsSync(folder)).toBe(true);
  });

  it('takes a state that it cannot read for none', async () => {
    writeFileSync(stateFile, '{broken');
    expect((await run(WITH_SERVICES, ['true'])).code).toBe(0);
  });

  it('refuses a URL behind which nobody answers, and does not print its password', async () => {
    const { code, stderr } = await run(WITH_SERVICES, ['true'], { REDIS_URL: 'redis://user:geheim@127.0.0.1:1/0' });
    expect(code).toBe(1);
    expect(stderr).toContain('REDIS_URL is set to redis://user:***@127.0.0.1:1/0, but no Redis is ready there');
    expect(stderr).not.toContain('geheim');
  });
});

/** Without Redis, without Docker, with a state of its own. */
function environment(folder: string): NodeJS.ProcessEnv {
  const docker = join(folder, 'docker');
  writeFileSync(docker, '#!/bin/sh\nexit 1\n');
  chmodSync(docker, 0o755);
  const env: NodeJS.ProcessEnv = { ...process.env, AMQP_URL: amqpUrl(), DATABASE_URL: databaseUrl() };
  delete env['REDIS_URL'];
  return { ...env, NESTJS_CELERY_SERVICES_STATE: folder, PATH: `${folder}:${process.env['PATH']}` };
}

function execute(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
