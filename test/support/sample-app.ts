import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { waitUntil } from '@nestjs-celery/core/testing';
import { startProcess } from './processes.js';
import type { TestProcess } from './processes.js';

const DIST = fileURLToPath(new URL('../../sample-app/dist', import.meta.url));

export interface Post {
  id: number;
  title: string;
  views: number;
}

export interface TaskStatus {
  state: string;
  result?: Record<string, unknown>;
  error?: { type: string; message: string };
  children?: { id: string; state: string }[];
}

export interface Answer<Body> {
  status: number;
  body: Body;
}

/** Starts an entry of the sample app as it is built, in a process of its own. */
export function startSampleApp(
  entry: 'main' | 'worker' | 'beat' | 'embedded',
  ready: RegExp,
  env: Record<string, string>,
  ...flags: string[]
): Promise<TestProcess> {
  const args = [join(DIST, `${entry}.js`), ...flags];
  return startProcess(process.execPath, args, { env: { ...process.env, NO_COLOR: '1', ...env }, ready });
}

/** What a user of the sample app does, over HTTP; with a token, one who may edit schedules. */
export class SampleAppUser {
  constructor(
    readonly url: string,
    private readonly token?: string,
  ) {}

  get<Body>(path: string): Promise<Answer<Body>> {
    return this.send<Body>('GET', path);
  }

  post<Body>(path: string, content: unknown): Promise<Answer<Body>> {
    return this.send<Body>('POST', path, content);
  }

  async send<Body>(method: string, path: string, content?: unknown): Promise<Answer<Body>> {
    const headers = {
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
    };
    const body = content === undefined ? null : JSON.stringify(content);
    const response = await fetch(this.url + path, { method, headers, body });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  }

  async writePost(title: string): Promise<Post> {
    return (await this.post<Post>('/posts', { title, body: 'What happened today.' })).body;
  }

  /** Asks for a report of all posts and gives the task's id. */
  async askForReport(email: string): Promise<string> {
    const { body } = await this.post<{ taskId: string }>('/reports', { from: '2020-01-01', to: '2099-12-31', email });
    return body.taskId;
  }

  /** Waits until a task has ended, well or not. */
  finished(taskId: string): Promise<TaskStatus> {
    return waitUntil(`task ${taskId} has ended`, async () => {
      const { body } = await this.get<TaskStatus>(`/tasks/${taskId}`);
      return body.state === 'SUCCESS' || body.state === 'FAILURE' ? body : undefined;
    });
  }
}

/** The CSV that was attached to the mail of a report. */
export async function mailedCsv(outbox: string, reportId: string, to: string): Promise<string> {
  const message = await readFile(join(outbox, `${reportId}.eml`), 'utf8');
  expect(message).toMatch(new RegExp(`^To: ${to.replaceAll('.', String.raw`\.`)}\r?$`, 'm'));
  const attachment = message.split(/Content-Type: text\/csv[^]*?\r?\n\r?\n/)[1]?.split('\n--')[0] ?? '';
  return Buffer.from(attachment, 'base64').toString('utf8');
}

/** The mails of a folder; none while there is no folder. */
export async function mailsIn(outbox: string): Promise<string[]> {
  return (await readdir(outbox).catch(() => [])).filter((name) => name.endsWith('.eml'));
}
