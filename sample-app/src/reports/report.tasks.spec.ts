import 'nestjs-celery/testing/jest';
import { openTestbed } from './testbed.js';

type Testbed = Awaited<ReturnType<typeof openTestbed>>;

// With jest. The same for Node's own runner is in report.tasks.node-test.ts.
describe('a report that somebody asks for', () => {
  let testbed: Testbed;
  beforeEach(async () => void (testbed = await openTestbed()));
  afterEach(() => testbed.close());

  it('is built by one task and mailed by another', async () => {
    const { service, celery, tasks, outbox, report } = testbed;
    const id = await service.request(report);
    expect(celery).toHaveSent(tasks.build, [id], { id, queue: 'celery' });
    expect(outbox).toEqual([]);

    await celery.idle();
    expect(celery).toHaveSent(tasks.mail, [id], { queue: 'mail' });
    expect(outbox).toEqual([
      expect.objectContaining({ to: report.email, subject: 'Posts from 2026-11-20 to 2026-11-20' }),
    ]);
  });

  it('is mailed later when it is to be mailed later', async () => {
    const { celery, tasks, outbox, service, report } = testbed;
    const id = await service.request(report);
    await celery.idle();
    outbox.length = 0;
    await tasks.build.applyAsync([id], { countdown: 3600 });
    await celery.advance('59m');
    expect(celery.sent(tasks.build)).toHaveLength(2);
    await celery.advance('1m');
    expect(celery.sent(tasks.mail)).toHaveLength(2);
  });

  it('is told of to the editor when it cannot be built', async () => {
    const { celery, tasks, outbox, posts } = testbed;
    posts.madeBetween = () => Promise.reject(new Error('no posts today'));
    await tasks.build.delay('11111111-2222-4333-8444-555555555555');
    await celery.idle();
    expect(outbox).toEqual([expect.objectContaining({ subject: 'A report could not be built' })]);
  });

  it('can be built where the test stands', async () => {
    const { tasks, service, report } = testbed;
    const id = await service.request(report);
    const result = await tasks.build.apply([id], { throw: true });
    expect(await result.get()).toMatchObject({ posts: 0 });
  });
});
