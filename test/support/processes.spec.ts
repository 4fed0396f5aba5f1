import { spawnSync } from 'node:child_process';
import { startProcess } from './processes.js';

const node = (code: string, ready?: RegExp) =>
  startProcess(process.execPath, ['-e', code], ready === undefined ? {} : { ready });
const FOR_EVER = 'setInterval(() => {}, 1000);';

describe('a child process of a test', () => {
  it('is there when it has printed what it was to print, and ends politely', async () => {
    const child = await node(
      `process.on('SIGTERM', () => process.exit(3)); console.log('up at 7'); ${FOR_EVER}`,
      /up at (\d)/,
    );
    expect((await child.waitForLog(/up at (\d)/))[1]).toBe('7');
    expect(await child.stop()).toEqual({ code: 3, signal: null });
    expect(child.hasEnded).toBe(true);
  });

  it('tells what it printed when it ends too early', async () => {
    const early = node(`console.error('no such queue'); process.exitCode = 1`, /ready/);
    await expect(early).rejects.toThrow(/did not print .*it ended[^]*no such queue/);
  });

  it('tells what it printed when it takes too long', async () => {
    const child = await node(`console.log('still booting'); ${FOR_EVER}`);
    await child.waitForLog('still booting');
    await expect(child.waitForLog('ready', 20)).rejects.toThrow(/within 20 ms[^]*still booting/);
  });

  it('is killed with its own children', async () => {
    const shell = await startProcess('sh', ['-c', 'sleep 1000 & echo child $!; wait'], { ready: /child \d+/ });
    const pid = Number((await shell.waitForLog(/child (\d+)/))[1]);
    expect(await shell.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isRunning(pid)).toBe(false);
  });

  it('is killed when it does not end politely', async () => {
    const child = await node(`process.on('SIGTERM', () => {}); console.log('deaf'); ${FOR_EVER}`, /deaf/);
    await expect(child.stop('SIGTERM', 100)).rejects.toThrow('did not end after SIGTERM within 100 ms');
    expect(child.hasEnded).toBe(true);
  });
});

/** Not a zombie, which a container may keep for ever. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
