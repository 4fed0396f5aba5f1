import { TaskRegistry } from './task-registry.js';

const task = (name: string, source: string) => ({ name, source, options: {}, handler: () => undefined });

describe('TaskRegistry', () => {
  it('refuses a second task of the same name and says where both are', () => {
    const registry = new TaskRegistry();
    registry.register(task('add', 'MathTasks.add'));
    expect(() => registry.register(task('add', 'OtherTasks.plus'))).toThrow(/'add': MathTasks.add and OtherTasks.plus/);
  });

  it('finds names only, never properties of objects', () => {
    const registry = new TaskRegistry();
    for (const name of ['constructor', '__proto__', 'toString']) expect(registry.find(name)).toBeUndefined();
    expect(() => registry.get('constructor')).toThrow("No task is registered under the name 'constructor'");
  });

  it('takes any text as a name, but not none', () => {
    const registry = new TaskRegistry();
    registry.register(task('Ünï.cødé → ☃', 'A.a'));
    expect(registry.names()).toEqual(['Ünï.cødé → ☃']);
    expect(() => registry.register(task('', 'A.b'))).toThrow('The task A.b has an empty name');
  });
});
