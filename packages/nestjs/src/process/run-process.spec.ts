import { FakeClock, waitUntil } from '@nestjs-celery/core/testing';
import type { ProcessHost } from './process-host.js';
import { runProcess } from './run-process.js';
import type { Runnable } from './run-process.js';

/** A process that only notes what happens to it. */
class FakeHost implements ProcessHost {
  readonly events: string[] = [];

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

  constructor(events: string[]) {
    this.events = events;
  }

  async start(): Promise<void> {
    this.events.push('start');
  }

  async stop(): Promise<void> {
    this.events.push('stop');
    await this.#finished;
  }
}

async function running() {
  const host = new FakeHost();
  const clock = new FakeClock(new Date(0));
  const work = new Work(host.events);
  await runProcess({ what: 'worker', signals: true }, async () => work, host, clock);
  return { host, clock, work };
}

function happened(host: FakeHost, event: string): Promise<unknown> {
  return waitUntil(event, () => host.events.includes(event));
}

describe('runProcess', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s and exits with 0 once all has ended', async (signal) => {
    const { host, work } = await running();
    host.send(signal);
    await happened(host, 'stop');
    expect(host.events).not.toContain('exit 0');
    work.finish();
    await happened(host, 'exit 0');
    expect(host.events.slice(-3)).toEqual(['worker: Warm shutdown', 'stop', 'exit 0']);
  });

  it('exits with 1 at once on a second signal', async () => {
    const { host, clock } = await running();
    host.send('SIGINT');
    await clock.advance(1000);
    host.send('SIGINT');
    expect(host.events.slice(-2)).toEqual(['worker: Cold shutdown', 'exit 1']);
  });

  it('exits with 1 at once on SIGQUIT', async () => {
    const { host } = await running();
    host.send('SIGQUIT');
    expect(host.events).toEqual(['start', 'worker: Cold shutdown', 'exit 1']);
  });

  it('takes the echo of a signal that npm passes on for the same one, but not another signal', async () => {
    const { host, clock } = await running();
    host.send('SIGINT');
    await clock.advance(50);
    host.send('SIGINT');
    expect(host.events).not.toContain('exit 1');
    host.send('SIGTERM');
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
    expect(host.events).toEqual(['worker: Warm shutdown', 'stop', 'exit 0']);
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
    expect(host.events).toEqual(['start', 'worker: The broker is gone.', 'stop', 'exit 1']);
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
