import { nodeName } from './node-name.js';

describe('nodeName', () => {
  it.each([
    [undefined, 'celery@web1.example.org'],
    ['w1@%h', 'w1@web1.example.org'],
    ['w1@%n', 'w1@web1'],
    ['w1@%n.%d', 'w1@web1.example.org'],
    ['w1', 'w1@web1.example.org'],
    ['100%%@x', '100%@x'],
  ])('expands %s as Celery does', (pattern, expected) => {
    expect(nodeName(pattern, 'web1.example.org')).toBe(expected);
  });
});
