import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** Holds tasks in other processes, of ours or of Python, until the spec lets them go: they wait for its file. */
export class Gate {
  readonly file: string;

  constructor() {
    folder ??= mkdtempSync(join(tmpdir(), 'nestjs-celery-gates-'));
    this.file = join(folder, randomUUID());
  }

  open(): void {
    writeFileSync(this.file, '');
  }
}
