import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';

// a jest in this jest, on a busy machine
jest.setTimeout(120_000);

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');

/** Runs node from the root until it ends by itself; rejects when it does not, or not with 0. */
async function node(...args: string[]): Promise<string> {
  const options = { cwd: ROOT, timeout: 90_000, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
  return stdout + stderr;
}

describe('tests of applications with CeleryTestingModule', () => {
  it("pass in Node's own runner, and the process ends by itself", async () => {
    const report = await node('--test', '--test-reporter=tap', 'sample-app/dist/reports/report.tasks.node-test.js');
    expect(report).toMatch(/^# pass 2$/m);
    expect(report).toMatch(/^# fail 0$/m);
  });

  it('pass in jest, which finds no open handle', async () => {
    const runner = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--detectOpenHandles'];
    const report = await node(...runner, 'sample-app/src/reports/report.tasks.spec.ts');
    expect(report).toMatch(/Tests: +4 passed/);
    expect(report).not.toMatch(/open handle/i);
  });

  it('leave nothing open even when they close nothing', async () => {
    expect(await node('test/apps/dist/testing-unclosed.js')).toBe('due\nin an hour\n');
  });
});
