import type { TaskMeta } from '../protocol/result-meta.js';
import { AsyncResult } from './async-result.js';
import type { ResultReader, ResultSource } from './async-result.js';
import type { EagerRun } from './eager-tasks.js';

/**
 * What became of a task that ran where it was called: an `AsyncResult` that has its answer. A value has been through the serializer,
 * as a worker's has; an error is the very one that was thrown. Celery's `EagerResult`.
 */
export class EagerResult<R = unknown> extends AsyncResult<R> {
  /** What was thrown: by the task itself if it failed, then by its callbacks, its errbacks and the rest of its chain. */
  readonly errors: readonly unknown[];
  readonly #reader: ResultReader;

  constructor({ meta, errors }: EagerRun, reader: ResultReader) {
    super(meta.taskId, { ...reader, exceptions: thrown(errors[0], reader), backend: async () => oneResult(meta) });
    this.errors = errors;
    this.#reader = reader;
  }

  /** Always: it has run, whatever came of it. */
  override async ready(): Promise<boolean> {
    return true;
  }

  override async children(): Promise<AsyncResult[]> {
    const children = await super.children();
    return children.map(({ id }) => new AsyncResult(id, this.#reader, false, this as AsyncResult));
  }

  /** Nothing is to be removed, as in Celery: what was stored stays. */
  override async forget(): Promise<void> {}

  /** Nothing is to be discarded: it has run. */
  override async revoke(): Promise<void> {}
}

function thrown(error: unknown, { exceptions }: ResultReader): ResultReader['exceptions'] {
  return { fromInfo: (stored, traceback) => (error instanceof Error ? error : exceptions.fromInfo(stored, traceback)) };
}

function oneResult(meta: TaskMeta): ResultSource {
  return {
    getMany: async () => new Map([[meta.taskId, meta]]),
    async *waitFor() {
      yield meta;
    },
    forget: async () => {},
  };
}
