import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const files: string[] = [];

afterAll(() => {
  for (const file of files.splice(0)) rmSync(join(file, '..'), { recursive: true, force: true });
});

/** One run of a task, as far as it came. */
export interface Run {
  readonly label: string;
  readonly pid: number;
  ended: boolean;
}

/** What became of the tasks that were sent. */
export interface Verdict {
  /** Sent, and no run of it ended. */
  readonly lost: string[];
  /** Started more than once. */
  readonly duplicated: string[];
  /** Started, though nobody sent it. */
  readonly unexpected: string[];
  /** Runs beyond the first. */
  readonly extraRuns: number;
}

/** What tasks note of themselves, in a file: it outlives every process and server that a spec breaks. */
export class Ledger {
  readonly file = join(mkdtempSync(join(tmpdir(), 'nestjs-celery-ledger-')), 'ledger');
  readonly #sent = new Set<string>();

  constructor() {
    writeFileSync(this.file, '');
    files.push(this.file);
  }

  /** The environment for a worker of `test/apps/src/faults-worker.ts`. */
  get env(): Record<string, string> {
    return { FAULTS_LEDGER: this.file };
  }

  sent(label: string): void {
    this.#sent.add(label);
  }

  /** Every run, in order of their starts. */
  runs(): Run[] {
    const runs: Run[] = [];
    const open = new Map<string, Run>();
    for (const line of readFileSync(this.file, 'utf8').split('\n').slice(0, -1)) {
      const [event, label = '', pid] = line.split(' ');
      const key = `${label} ${pid}`;
      const run = event === 'start' ? { label, pid: Number(pid), ended: false } : open.get(key);
      if (!run) throw new Error(`The ledger knows an end without a start: ${line}`);
      if (event === 'start') {
        runs.push(run);
        open.set(key, run);
      } else run.ended = true;
    }
    return runs;
  }

  /** @param kind how the labels begin that it is about. @default all */
  verdict(kind = ''): Verdict {
    const runs = this.runs().filter(({ label }) => label.startsWith(kind));
    const ended = new Set(runs.filter((run) => run.ended).map((run) => run.label));
    const starts = new Map<string, number>();
    for (const { label } of runs) starts.set(label, (starts.get(label) ?? 0) + 1);
    return {
      lost: [...this.#sent].filter((label) => label.startsWith(kind) && !ended.has(label)),
      duplicated: [...starts].filter(([, count]) => count > 1).map(([label]) => label),
      unexpected: [...starts.keys()].filter((label) => !this.#sent.has(label)),
      extraRuns: runs.length - starts.size,
    };
  }
}
