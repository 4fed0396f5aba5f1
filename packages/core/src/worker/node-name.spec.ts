import { expandNodeName, nodeName } from './node-name.js';

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

describe('expandNodeName', () => {
  it.each([
    ['/var/run/%n.state', '/var/run/w1.state'],
    ['%h-%d-%%', 'web1.example.org-example.org-%'],
    ['%p.state', 'w1@web1.example.org.state'],
    ['plain', 'plain'],
  ])('expands %s as Celery does', (pattern, expected) => {
    expect(expandNodeName(pattern, 'w1@web1.example.org')).toBe(expected);
  });
});
