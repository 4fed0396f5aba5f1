import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import { CeleryWorkerModule } from 'nestjs-celery/worker';

@Injectable()
class ApiTasks {
  /** Five a second in each worker; other tasks do not wait for them. */
  @SharedTask({ name: 'api.fetch', rateLimit: '5/s' })
  fetch(page: number): number {
    return page;
  }
}

@Module({
  imports: [CeleryModule.forRoot({ broker: 'memory://', resultBackend: 'memory://' }), CeleryWorkerModule.forRoot()],
  providers: [ApiTasks],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
const celery = app.get(Celery);
const { fetch } = celery.tasks(ApiTasks);
const startedAt = performance.now();
const pages = await Promise.all([1, 2, 3].map((page) => fetch.delay(page)));
for (const page of pages) await page.get({ timeout: 10 });
console.log('three pages took 0.4 s or more:', performance.now() - startedAt >= 395);

const unwanted = await fetch.applyAsync([4], { countdown: 60 });
await unwanted.revoke();
console.log(String(await unwanted.get({ timeout: 10 }).catch((error: unknown) => error)));

const [answer] = await celery.control.rateLimit('api.fetch', '100/m', { reply: true, limit: 1, timeout: 10 });
console.log(Object.values(answer ?? {}));
await app.close();

// prints:
// three pages took 0.4 s or more: true
// TaskRevokedError: revoked
// [ { ok: 'new rate limit set successfully' } ]
