import { EventEmitter } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { holdPidFile } from './pid-file.js';
import type { PidHost } from './pid-file.js';

/** A process with the id 42, beside which others live. */
class FakeHost extends EventEmitter implements PidHost {
  readonly pid = 42;
  said = '';
  readonly stderr = { write: (text: string) => (this.said += text) };

  constructor(private readonly alive: readonly number[] = []) {
    super();
  }

  kill(pid: number): void {
    if (!this.alive.includes(pid)) throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
  }
}

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pid-file-'));
  file = join(folder, 'beat.pid');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('holdPidFile', () => {
  it('writes the id of the process, and removes the file when it is let go of', () => {
    const host = new FakeHost();
    const release = holdPidFile(file, host);
    expect(readFileSync(file, 'utf8')).toBe('42\n');
    release();
    release();
    expect(existsSync(file)).toBe(false);
    expect(host.listenerCount('exit')).toBe(0);
  });

  it('removes the file at the end of the process at the latest', () => {
    const host = new FakeHost();
    holdPidFile(file, host);
    host.emit('exit');
    expect(existsSync(file)).toBe(false);
  });

  it("refuses in Celery's words when a process that lives has it, and leaves it alone", () => {
    writeFileSync(file, '7\n');
    expect(() => holdPidFile(file, new FakeHost([7]))).toThrow(ImproperlyConfigured);
    expect(() => holdPidFile(file, new FakeHost([7]))).toThrow(
      `ERROR: Pidfile (${file}) already exists.\nSeems we're already running? (pid: 7)`,
    );
    expect(readFileSync(file, 'utf8')).toBe('7\n');
  });

  it.each([
    ['7\n', 'Stale pidfile exists - Removing it.\n', 'that a dead process has left'],
    ['42\n', 'Stale pidfile exists - Removing it.\n', 'of its own id, as a container that was restarted finds it'],
    ['', 'Broken pidfile found - Removing it.\n', 'that is empty'],
    ['7', 'Broken pidfile found - Removing it.\n', 'that was written by half'],
    ['x\n', 'Broken pidfile found - Removing it.\n', 'that holds no id'],
  ])('replaces a file with %j', (content, said) => {
    writeFileSync(file, content);
    const host = new FakeHost([42]);
    holdPidFile(file, host);
    expect(readFileSync(file, 'utf8')).toBe('42\n');
    expect(host.said).toBe(said);
  });

  it('does not remove what is by then the file of another', () => {
    const release = holdPidFile(file, new FakeHost());
    writeFileSync(file, '7\n');
    release();
    expect(readFileSync(file, 'utf8')).toBe('7\n');
  });

  it('leaves alone what it cannot read, and says why', () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    for (const [path, reason] of [
      [folder, /^--pidfile: EISDIR.*Give a file/],
      [loop, /^--pidfile: ELOOP/],
    ] as const) {
      const host = new FakeHost();
      expect(() => holdPidFile(path, host)).toThrow(ImproperlyConfigured);
      expect(() => holdPidFile(path, host)).toThrow(reason);
      expect(host.said).toBe('');
      expect(lstatSync(path)).toBeDefined();
    }
  });

  it('lets a process end whose file has become a folder', () => {
    const host = new FakeHost();
    holdPidFile(file, host);
    rmSync(file);
    mkdirSync(file);
    host.emit('exit');
    expect(lstatSync(file).isDirectory()).toBe(true);
  });

  it('says why it cannot write', () => {
    expect(() => holdPidFile(join(folder, 'no', 'beat.pid'), new FakeHost())).toThrow(/--pidfile: ENOENT/);
  });
});
