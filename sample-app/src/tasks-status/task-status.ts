import type { AsyncResult } from 'nestjs-celery';

/** What the world may know of a task: a traceback stays in the log. */
export interface TaskStatus {
  id: string;
  state: string;
  /** What the task returned; only with SUCCESS. */
  result?: unknown;
  /** Why the task failed; only with FAILURE. */
  error?: { type: string; message: string };
  finishedAt?: Date | undefined;
  /** The tasks that it sent. */
  children?: { id: string; state: string; status: string }[];
}

export async function describeTask(task: AsyncResult): Promise<TaskStatus> {
  const { id } = task;
  const state = await task.state();
  if (state === 'FAILURE') return { id, state, error: toError(await task.result()), finishedAt: await task.dateDone() };
  if (state !== 'SUCCESS') return { id, state };
  const [result, finishedAt, children] = await Promise.all([task.result(), task.dateDone(), task.children()]);
  return { id, state, result, finishedAt, children: await Promise.all(children.map(describeChild)) };
}

async function describeChild(child: AsyncResult) {
  return { id: child.id, state: await child.state(), status: `/tasks/${child.id}` };
}

function toError(error: unknown): { type: string; message: string } {
  return error instanceof Error
    ? { type: error.name, message: error.message }
    : { type: 'Error', message: String(error) };
}
