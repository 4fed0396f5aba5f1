import 'reflect-metadata';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestbed } from './testbed.js';

// With Node's own runner: node --test sample-app/dist. The same for jest is in report.tasks.spec.ts.
test('a report that somebody asks for is built by one task and mailed by another', async () => {
  const { service, celery, tasks, outbox, report, close } = await openTestbed();
  const id = await service.request(report);
  celery.assertSent(tasks.build, [id], { id, queue: 'celery' });
  assert.equal(outbox.length, 0);

  await celery.idle();
  celery.assertSent(tasks.mail, [id], { queue: 'mail' });
  assert.equal(outbox[0]?.to, report.email);
  await close();
});

test('a report that is to be built later is built later', async () => {
  const { service, celery, tasks, report, close } = await openTestbed();
  const id = await service.request(report);
  await celery.idle();
  celery.clear();
  await tasks.build.applyAsync([id], { countdown: 3600 });
  await celery.advance('59m');
  celery.assertNotSent(tasks.mail);
  await celery.advance('1m');
  celery.assertSent(tasks.mail, [id]);
  await close();
});
