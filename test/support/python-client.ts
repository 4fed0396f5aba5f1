import { type PythonSettings, runPython } from './python.js';

/** An exception as Python has rebuilt it. `ancestors` tells whether it is the real class: `builtins.ValueError`. */
export interface PythonException {
  class: string;
  module: string;
  ancestors: string[];
  args: unknown[];
  message: string;
}

/** What a Python caller learns from an AsyncResult. Only the first three while it is not ready. */
export interface PythonResult {
  task_id: string;
  state: string;
  timed_out: boolean;
  /** Dates, decimals, bytes … as kombu's `{"__type__": …}` objects; NaN and Infinity as text. */
  result?: unknown;
  /** Where JSON is not exact enough: Python's own spelling. */
  result_repr?: string;
  exception?: PythonException | null;
  /** What `get()` raises. */
  raised?: PythonException | null;
  traceback?: string | null;
  children?: string[];
  date_done?: unknown;
  name?: string | null;
  args?: unknown;
  kwargs?: unknown;
  worker?: string | null;
}

export interface SendFromPython {
  args?: unknown[];
  kwargs?: Record<string, unknown>;
  /** Options of `send_task`, by their names in Python. */
  options?: Record<string, unknown> & { queue: string };
  /** Seconds to wait for the result; without it the call returns once the message is sent. */
  wait?: number;
}

export interface RawMessage {
  queue: string;
  body: string;
  contentType?: string;
  contentEncoding?: string;
  headers?: Record<string, unknown>;
  properties?: Record<string, unknown>;
}

/** A Python program that uses Celery's client: each call is a process of its own (about half a second). */
export class PythonClient {
  constructor(private readonly settings: PythonSettings) {}

  /** `send_task`. Celery settings of one call, `{ task_protocol: 1 }` for a message of version 1, go in `celery`. */
  send(task: string, call: SendFromPython = {}, celery?: Record<string, unknown>): Promise<PythonResult> {
    const { args = [], kwargs = {}, options = {}, wait } = call;
    const data = [
      '--args',
      JSON.stringify(args),
      '--kwargs',
      JSON.stringify(kwargs),
      '--options',
      JSON.stringify(options),
    ];
    return this.run(['send', task, ...data, ...waiting(wait)], celery);
  }

  /** `AsyncResult(taskId)`; with `wait`, in seconds, once it is there. */
  result(taskId: string, wait?: number): Promise<PythonResult> {
    return this.run(['result', taskId, ...waiting(wait)]);
  }

  /** The row of `django_celery_results_taskresult` by the Django ORM, column by column; null when there is none. */
  row(taskId: string): Promise<Record<string, unknown> | null> {
    return this.run(['row', taskId]);
  }

  /** A message that no Celery client would send. */
  async raw({
    queue,
    body,
    contentType = 'application/json',
    contentEncoding = 'utf-8',
    headers = {},
    properties = {},
  }: RawMessage) {
    const content = ['--body', body, '--content-type', contentType, '--content-encoding', contentEncoding];
    const table = ['--headers', JSON.stringify(headers), '--properties', JSON.stringify(properties)];
    await this.run(['raw', queue, ...content, ...table]);
  }

  private run<T>(args: string[], celery?: Record<string, unknown>): Promise<T> {
    const settings = { ...this.settings, celery: { ...this.settings.celery, ...celery } };
    return runPython<T>(['client.py', ...args], settings);
  }
}

function waiting(seconds: number | undefined): string[] {
  return seconds === undefined ? [] : ['--wait', String(seconds)];
}
