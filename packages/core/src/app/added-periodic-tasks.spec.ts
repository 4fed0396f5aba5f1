import type { Logger } from '../contracts/logger.js';
import { silentLogger } from '../contracts/logger.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { AddedPeriodicTasks } from './added-periodic-tasks.js';

function setUp() {
  const warnings: string[] = [];
  const details: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (line) => warnings.push(line), debug: (line) => details.push(line) };
  return { warnings, details, added: new AddedPeriodicTasks(logger) };
}

describe('AddedPeriodicTasks', () => {
  it("names an entry by its call, as Celery's repr of the signature does", () => {
    const { added } = setUp();
    expect(added.add(30, 'proj.add', { args: [2, 3] })).toBe('proj.add(2, 3)');
    expect(added.add(30, 'proj.add', { args: [2], kwargs: { y: 'a', z: [null, true] } })).toBe(
      "proj.add(2, y='a', z=[None, True])",
    );
    expect(added.add(30, 'proj.tick', {})).toBe('proj.tick()');
    expect(added.add(30, 'proj.tick', { kwargs: { x: 1 } })).toBe('proj.tick(x=1)');
  });

  it('keeps every field of the entry', () => {
    const { added } = setUp();
    const startTime = new Date('2030-01-01T00:00:00Z');
    const rest = {
      args: [1],
      options: { queue: 'slow' },
      misfire: 'skip',
      jitter: 3,
      oneOff: true,
      startTime,
    } as const;
    added.add(30, 'proj.add', { name: 'sums', ...rest, args: [1] });
    expect(added.list).toEqual([{ ...rest, name: 'sums', task: 'proj.add', schedule: 30 }]);
  });

  it('replaces an entry of the same name, with a warning when nobody chose the name', () => {
    const { added, warnings, details } = setUp();
    added.add(30, 'proj.add', { args: [1] });
    added.add(60, 'proj.add', { args: [1] });
    added.add(10, 'proj.add', { name: 'mine' });
    added.add(20, 'proj.sub', { name: 'mine' });
    expect(added.list.map(({ name, task, schedule }) => [name, task, schedule])).toEqual([
      ['proj.add(1)', 'proj.add', 60],
      ['mine', 'proj.sub', 20],
    ]);
    expect(warnings).toEqual([expect.stringContaining("'proj.add(1)' replaces another of the same call")]);
    expect(details).toEqual(["The periodic task 'mine' is added again and replaced."]);
  });

  it('hands them to beat, and refuses to add from then on, and says what to use instead', () => {
    const { added } = setUp();
    added.add(30, 'proj.sub', {});
    expect(added.close()).toEqual([{ name: 'proj.sub()', task: 'proj.sub', schedule: 30 }]);
    expect(() => added.add(30, 'proj.add', {})).toThrow(ImproperlyConfigured);
    expect(() => added.add(30, 'proj.add', {})).toThrow(/'proj.add\(\)'.*beat has started.*PeriodicTasks/);
  });
});
