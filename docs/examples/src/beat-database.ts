import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import type { CanActivate, ExecutionContext, OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BeatLazyFunc, Celery, celeryConfigFromEnv, CeleryModule, SharedTask } from 'nestjs-celery';
import { CeleryBeatModule, getBeatToken } from 'nestjs-celery/beat';
import type { AppBeat } from 'nestjs-celery/beat';
import { PeriodicTasksModule } from 'nestjs-celery/periodic-tasks';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

const reports = new Set<string>();

@Injectable()
class ReportTasks {
  @SharedTask('reports.send')
  send(to: string): void {
    reports.add(to);
  }
}

/** Whoever passes may have any task run: in earnest this is a session, or a token that expires. */
@Injectable()
class AdminGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['authorization'] === 'Bearer sesame';
  }
}

// CELERY_BROKER_URL, and CELERY_RESULT_BACKEND: the PostgreSQL that has the schedules, too
const celery = CeleryModule.forRoot(celeryConfigFromEnv());

@Module({
  imports: [celery, PeriodicTasksModule.forRoot({ guards: [AdminGuard] }), CeleryWorkerModule.forRoot()],
  providers: [ReportTasks],
})
class WebModule {}

@Module({ imports: [celery, CeleryBeatModule.forRoot()] })
class BeatModule implements OnModuleInit {
  #sent = 0;

  constructor(private readonly celery: Celery) {}

  /** An argument that is worked out with each run: no row can hold it, so the entry lives in code. */
  onModuleInit(): void {
    const { send } = this.celery.tasks(ReportTasks);
    const args = [new BeatLazyFunc(() => `reader ${++this.#sent}`)] as const;
    this.celery.addPeriodicTask(0.2, send, { name: 'readers', args });
  }
}

const logger = ['error'] as const;
const web = await NestFactory.create(WebModule, { logger: [...logger] });
await web.listen(0, '127.0.0.1');
const url = `${await web.getUrl()}/periodic-tasks`;

async function request(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; scheduleText?: string }> {
  const headers = { authorization: 'Bearer sesame', 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const { status } = response;
  return status === 204 ? { status } : { ...((await response.json()) as { scheduleText?: string }), status };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** In earnest each is a process of its own: `await runBeat(BeatModule)`. */
async function startBeat() {
  const context = await NestFactory.createApplicationContext(BeatModule, { logger: [...logger] });
  return { context, beat: context.get<AppBeat>(getBeatToken(), { strict: false }) };
}

const first = await startBeat();
const second = await startBeat();
console.log(`the first beat is ${first.beat.health.state}, the second is ${second.beat.health.state}`);
await until(() => reports.has('reader 2'));
console.log('each reader has a report');

console.log(`without the token: ${(await fetch(url)).status}`);
const digest = { name: 'digest', task: 'reports.send', schedule: 0.5, args: ['ann'] };
const made = await request('POST', '', digest);
console.log(`made: ${made.status}, ${made.scheduleText}`);
await until(() => reports.has('ann'));
console.log('ann has a report');

await first.context.close();
await until(() => second.beat.health.state === 'leading');
console.log('the second beat leads');
const changed = await request('PATCH', '/digest', { args: ['bob'], policy: { overlap: 'skip' } });
console.log(`changed: ${changed.status}`);
await until(() => reports.has('bob'));
console.log('bob has a report');

console.log(`deleted: ${(await request('DELETE', '/digest')).status}`);
await second.context.close();
await web.close();

// prints:
// the first beat is leading, the second is standby
// each reader has a report
// without the token: 403
// made: 201, every 0.5 seconds
// ann has a report
// the second beat leads
// changed: 200
// bob has a report
// deleted: 204
