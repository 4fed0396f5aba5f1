import { FakeClock, waitUntil } from '@nestjs-celery/core/testing';
import type { ProcessHost } from './process-host.js';
import { runProcess } from './run-process.js';
import type { Ending, Runnable } from './run-process.js';

/** A process that only notes what happens to it. */
class FakeHost implements ProcessHost {
  readonly events: string[] = [];

  readonly env: Record<string, string> = {};
  readonly stderr = { write: (text: string) => this.events.push(text.trimEnd()) };
  readonly #listeners: [NodeJS.Signals, (signal: NodeJS.Signals) => void][] = [];

  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    this.#listeners.push([signal, listener]);
  }

  exit(code: number): void {
    this.events.push(`exit ${code}`);
  }

  send(signal: NodeJS.Signals): void {
    for (const [name, listener] of this.#listeners) if (name === signal) listener(signal);
  }
}

class Work implements Runnable {
  readonly events: string[];
  fail: (error: Error) => void = () => {};
  readonly failed = new Promise<Error>((resolve) => (this.fail = resolve));
  finish: () => void = () => {};
  readonly #finished = new Promise<void>((resolve) => (this.finish = resolve));

  end(): Promise<void> {
    return this.#finished;
  }

  constructor(events: string[]) {
    this.events = events;
  }

  async start(): Promise<void> {
    this.events.push('start');
  }

  async stop(ending?: Ending): Promise<void> {
    this.events.push(ending ? `stop by ${ending.sig}` : 'stop');
    await this.#finished;
  }
}

/** It has a cold shutdown of its own, with a soft part. */
class PatientWork extends Work {
  stopsSoftly = false;

  terminate({ sig, exitcode }: Ending): Promise<void> {
    this.events.push(`terminate by ${sig}, ${exitcode}`);
    this.stopsSoftly = !this.stopsSoftly;
    return this.end();
  }
}

async function running({ patient = false, env = {} }: { patient?: boolean; env?: Record<string, string> } = {}) {
  const host = new FakeHost();
  Object.assign(host.env, env);
  const clock = new FakeClock(new Date(0));
  const work = patient ? new PatientWork(host.events) : new Work(host.events);
  const options = { what: 'worker', warning: 'Again?', interrupted: 1, signals: true };
  await runProcess(options, async () => work, host, clock);
  host.events.length = 0;
  return { host, clock, work };
}

function happened(host: FakeHost, event: string): Promise<unknown> {
  return waitUntil(event, () => host.events.includes(event));
}

describe('runProcess', () => {
  it('stops on SIGTERM and exits with 0 once all has ended', async () => {
    const { host, work } = await running();
    host.send('SIGTERM');
    await happened(host, 'stop by SIGTERM');
    expect(host.events).not.toContain('exit 0');
    work.finish();
    await happened(host, 'exit 0');
    expect(host.events).toEqual(['worker: Warm shutdown (MainProcess)', 'stop by SIGTERM', 'exit 0']);
  });

  it('stops on the first SIGINT, warns of the second, and exits with the code for an interruption', async () => {
    const { host, work } = await running();
    host.send('SIGINT');
    work.finish();
    await happened(host, 'exit 1');
    const said = ['worker: Again?', 'worker: Warm shutdown (MainProcess)'];
    expect(host.events).toEqual([...said, 'stop by SIGINT', 'exit 1']);
  });

  it('stays with a warm shutdown however often SIGTERM comes, and exits once', async () => {
    const { host, clock, work } = await running();
    for (let round = 0; round < 3; round++) {
      host.send('SIGTERM');
      await clock.advance(1000);
    }
    work.finish();
    await happened(host, 'exit 0');
    expect(host.events.filter((event) => !event.includes('Warm'))).toEqual(['stop by SIGTERM', 'exit 0']);
  });

  it('goes from warm to cold on a second SIGINT, and exits with 1 when that has ended', async () => {
    const { host, clock, work } = await running({ patient: true });
    host.send('SIGINT');
    await clock.advance(1000);
    host.send('SIGINT');
    expect(host.events.slice(-2)).toEqual(['worker: Cold shutdown (MainProcess)', 'terminate by SIGINT, 1']);
    work.finish();
    await happened(host, 'exit 1');
    expect(host.events.filter((event) => event.startsWith('exit'))).toEqual(['exit 1']);
  });

  it('cuts the soft part short on the next signal, and ends at once on the one after', async () => {
    const { host, clock } = await running({ patient: true });
    host.send('SIGQUIT');
    await clock.advance(1000);
    host.send('SIGINT');
    const waits = 'worker: Waiting gracefully for cold shutdown to complete...';
    expect(host.events.slice(-2)).toEqual([waits, 'terminate by SIGINT, 1']);
    await clock.advance(1000);
    host.send('SIGQUIT');
    expect(host.events.slice(-2)).toEqual(['worker: Hard shutdown (MainProcess)', 'exit 1']);
  });

  it('takes SIGTERM for SIGQUIT where REMAP_SIGTERM says so', async () => {
    const { host } = await running({ patient: true, env: { REMAP_SIGTERM: 'SIGQUIT' } });
    host.send('SIGTERM');
    expect(host.events).toEqual(['worker: Cold shutdown (MainProcess)', 'terminate by SIGTERM, 1']);
  });

  it('exits with 1 at once on SIGQUIT where there is nothing to end', async () => {
    const { host } = await running();
    host.send('SIGQUIT');
    expect(host.events).toEqual(['worker: Cold shutdown (MainProcess)', 'exit 1']);
  });

  it('takes the echo of a signal that npm passes on for the same one, but not another signal', async () => {
    const { host, clock } = await running();
    host.send('SIGINT');
    await clock.advance(50);
    host.send('SIGINT');
    expect(host.events).not.toContain('exit 1');
    host.send('SIGQUIT');
    expect(host.events.at(-1)).toBe('exit 1');
  });

  it('takes a start that a signal cut short for a clean stop', async () => {
    const host = new FakeHost();
    const work = new Work(host.events);
    let cut: (error: Error) => void = () => {};
    work.start = () => new Promise((_, reject) => (cut = reject));
    const started = runProcess({ what: 'worker', signals: true }, async () => work, host);
    await waitUntil('the start', () => cut.length > 0);
    host.send('SIGTERM');
    cut(new Error('The worker was stopped.'));
    expect(await started).toBe(work);
    work.finish();
    await happened(host, 'exit 0');
    expect(host.events).toEqual(['worker: Warm shutdown (MainProcess)', 'stop by SIGTERM', 'exit 0']);
  });

  it('says in one line why it could not boot, and exits with 1', async () => {
    const host = new FakeHost();
    const boot = () => Promise.reject(new Error('No app.'));
    await expect(runProcess({ what: 'beat', signals: true }, boot, host)).rejects.toThrow('No app.');
    expect(host.events).toEqual(['beat: No app.', 'exit 1']);
  });

  it('exits with 1 when the work fails later, after what runs has ended', async () => {
    const { host, work } = await running();
    work.fail(new Error('The broker is gone.'));
    await happened(host, 'stop');
    work.finish();
    await happened(host, 'exit 1');
    expect(host.events).toEqual(['worker: The broker is gone.', 'stop', 'exit 1']);
  });

  it('without signals listens to none, and throws after it closed what it had booted', async () => {
    const host = new FakeHost();
    const work = new Work(host.events);
    work.finish();
    work.start = () => Promise.reject(new Error('no broker'));
    await expect(runProcess({ what: 'worker', signals: false }, async () => work, host)).rejects.toThrow('no broker');
    host.send('SIGTERM');
    expect(host.events).toEqual(['stop']);
  });
});
