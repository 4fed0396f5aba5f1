import { jest } from '@jest/globals';
import { ObservableBrokerStatus } from './broker-status.js';

describe('ObservableBrokerStatus', () => {
  it('tells every change once, until told to stop', () => {
    const status = new ObservableBrokerStatus();
    const seen: unknown[] = [];
    const stop = status.onChange((state, error) => seen.push([state, error?.message]));
    status.set('ready');
    status.set('ready');
    status.set('closed', new Error('gone'));
    stop();
    status.set('idle');
    expect(seen).toEqual([
      ['ready', undefined],
      ['closed', 'gone'],
    ]);
    expect(status.lastError?.message).toBe('gone');
  });

  it('spares the broker and the other listeners what one listener throws, and warns', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const status = new ObservableBrokerStatus();
    const seen: string[] = [];
    status.onChange(() => {
      throw new Error('of the listener');
    });
    status.onChange((state) => seen.push(state));
    status.set('ready');
    expect(seen).toEqual(['ready']);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('of the listener'), 'CeleryWarning');
    warn.mockRestore();
  });
});
