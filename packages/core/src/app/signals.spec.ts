import type { Logger } from '../contracts/logger.js';
import { Signals } from './signals.js';

const lines: string[] = [];
const say = (line: string) => void lines.push(line);
const logger: Logger = { debug: say, log: say, warn: say, error: say };

beforeEach(() => lines.splice(0));

describe('Signals', () => {
  it('calls every receiver, one after another, with the payload and the sender', async () => {
    const signals = new Signals(logger);
    const seen: string[] = [];
    signals.connect('task_rejected', async ({ exc, sender }) => {
      await Promise.resolve();
      seen.push(`first ${String(exc)} ${sender}`);
    });
    signals.connect('task_rejected', () => seen.push('second'));
    await signals.send('task_rejected', 'w@h', { message: null, exc: 'bad' });
    expect(seen).toEqual(['first bad w@h', 'second']);
  });

  it('calls a receiver that asks for one sender for that one only', async () => {
    const signals = new Signals(logger);
    const seen: string[] = [];
    signals.connect('worker_ready', ({ sender }) => seen.push(sender), { sender: 'a@h' });
    await signals.send('worker_ready', 'b@h', {});
    await signals.send('worker_ready', 'a@h', {});
    expect(seen).toEqual(['a@h']);
  });

  it('logs what a receiver throws and goes on to the next', async () => {
    const signals = new Signals(logger);
    let reached = false;
    signals.connect('worker_ready', () => {
      throw new Error('deaf');
    });
    signals.connect('worker_ready', () => (reached = true));
    await expect(signals.send('worker_ready', 'a@h', {})).resolves.toBeUndefined();
    expect(reached).toBe(true);
    expect(lines).toEqual(['A receiver of the signal worker_ready failed: Error: deaf']);
  });

  it('knows whether anybody listens; to stop twice is to stop once', () => {
    const signals = new Signals(logger);
    const stop = signals.connect('worker_ready', () => {});
    const stopOther = signals.connect('worker_ready', () => {});
    expect([signals.has('worker_ready'), signals.has('worker_init')]).toEqual([true, false]);
    stop();
    stop();
    expect(signals.has('worker_ready')).toBe(true);
    stopOther();
    expect(signals.has('worker_ready')).toBe(false);
  });
});
