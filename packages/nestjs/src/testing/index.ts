/**
 * For tests of applications: no server, no waiting, no open handle.
 *
 *     const moduleRef = await Test.createTestingModule({ imports: [AppModule, CeleryTestingModule] }).compile();
 *     await moduleRef.init();                                   // from here on @OnTaskSignal methods hear signals
 *     const celery = moduleRef.get(CeleryTesting);
 *
 *     await moduleRef.get(Signup).register('a@b.c');            // code of yours that sends tasks
 *     expect(celery).toHaveSent(tasks.welcome, ['a@b.c'], { queue: 'mail' });
 *     await celery.idle();                                      // they have run, in a worker
 *     await celery.advance('1h');                               // and so has what had to wait; schedules only with
 *                                                               // CeleryTestingModule.forRoot({ beat: true })
 *     await moduleRef.close();
 */
export { CeleryTesting } from './celery-testing.js';
export type { IdleOptions } from './celery-testing.js';
export { CeleryTestingModule } from './celery-testing.module.js';
export type { Duration } from './duration.js';
export type { SentWith, TaskOrName } from './expectation.js';
export { celeryMatchers } from './matchers.js';
export type { SentTask } from './sent-task.js';
export type { TestingModuleOptions } from './testing.module-definition.js';
