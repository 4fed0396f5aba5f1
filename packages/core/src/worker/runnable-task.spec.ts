import { CeleryApp } from '../app/celery-app.js';
import { compileConfig } from '../app/compiled-config.js';
import type { CeleryOptions } from '../app/config.js';
import type { TaskOptions } from '../app/task-options.js';
import { TaskRegistry } from '../app/task-registry.js';
import { memoryBroker } from '../memory/index.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { compileTasks } from './runnable-task.js';
import type { RunnableTask } from './runnable-task.js';

function compile(settings: CeleryOptions = {}, options: TaskOptions = {}): RunnableTask {
  const config = compileConfig(settings);
  const broker = memoryBroker('memory://runnable-task-spec')(adapterDeps(settings));
  const registry = new TaskRegistry();
  registry.register({ name: 'a', source: 'Spec.a', options, handler: () => undefined });
  const app = new CeleryApp({ config, broker, backend: undefined });
  return compileTasks(registry, app).get('a') as RunnableTask;
}

/** A task's option, its setting, what the worker reads, two values, and what holds when nobody says anything. */
const TABLE = [
  ['acksLate', 'taskAcksLate', 'acksLate', true, false, false],
  ['acksOnFailureOrTimeout', 'taskAcksOnFailureOrTimeout', 'acksOnFailure', false, true, true],
  ['rejectOnWorkerLost', 'taskRejectOnWorkerLost', 'rejectOnWorkerLost', true, false, false],
  ['ignoreResult', 'taskIgnoreResult', 'ignoreResult', true, false, false],
  ['storeErrorsEvenIfIgnored', 'taskStoreErrorsEvenIfIgnored', 'storeErrorsEvenIfIgnored', true, false, false],
  ['trackStarted', 'taskTrackStarted', 'trackStarted', true, false, false],
  ['storeEagerResult', 'taskStoreEagerResult', 'storeEagerResult', true, false, false],
  ['rateLimit', 'taskDefaultRateLimit', 'rateLimit', '1/s', '2/s', null],
] as const;

describe('a task as a worker runs it', () => {
  it.each(TABLE)('takes %s from annotation, then task, then %s', (option, setting, field, value, other, otherwise) => {
    const settings = { [setting]: value };
    const annotated = { ...settings, taskAnnotations: { a: { [option]: value } } };
    expect(compile()[field]).toBe(otherwise);
    expect(compile(settings)[field]).toBe(value);
    expect(compile(settings, { [option]: other })[field]).toBe(other);
    expect(compile(annotated, { [option]: other })[field]).toBe(value);
  });

  it('takes its time limits so, each by itself; 0 is no limit, whatever the setting', () => {
    const settings = { taskTimeLimit: 30, taskSoftTimeLimit: 20 };
    expect(compile().limits).toEqual({ hard: null, soft: null });
    expect(compile(settings).limits).toEqual({ hard: 30, soft: 20 });
    expect(compile(settings, { softTimeLimit: 5 }).limits).toEqual({ hard: 30, soft: 5 });
    expect(compile(settings, { timeLimit: 0, softTimeLimit: 0 }).limits).toEqual({ hard: null, soft: null });
    const taskAnnotations = { '*': { timeLimit: 60 } };
    expect(compile({ ...settings, taskAnnotations }, { timeLimit: 40 }).limits).toEqual({ hard: 60, soft: 20 });
    expect(compile({ taskTimeLimit: 0 }).limits).toEqual({ hard: null, soft: null });
  });

  it('does not run when its soft limit is above the hard one', () => {
    expect(() => compile({ taskTimeLimit: 30 }, { softTimeLimit: 60 })).toThrow(
      "The task 'a' (Spec.a): softTimeLimit (60 s) is above timeLimit (30 s)",
    );
  });

  it('is refused with options that no task may have, and says where it was declared', () => {
    expect(() => compile({}, { retryKwarg: {} } as TaskOptions)).toThrow(
      "The task 'a' (Spec.a): unknown option 'retryKwarg': did you mean 'retryKwargs'?",
    );
  });
});
