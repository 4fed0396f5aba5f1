import { describeResultBackend } from '../testing/result-backend-conformance/describe-result-backend.js';
import { adapterDeps } from '../testing/adapter-deps.js';
import { FakeClock } from '../testing/fake-clock.js';
import { memoryResultBackend } from './memory-result-backend.js';

describeResultBackend('memory://', (settings) => memoryResultBackend('memory://suite')(adapterDeps(settings)));

const meta = {
  taskId: 'a',
  status: 'SUCCESS',
  result: { contentType: 'application/json', contentEncoding: 'utf-8', data: '1' },
  traceback: null,
  children: [],
};

it('shares the results of one name, and of that name only', async () => {
  const open = (url: string) => memoryResultBackend(url)(adapterDeps());
  const [one, same, other] = [open('memory://one'), open('memory://one/'), open('memory://two')];
  await Promise.all([one, same, other].map((backend) => backend.connect()));
  await one.storeResult(meta);
  expect((await same.getMany(['a'])).size).toBe(1);
  expect((await other.getMany(['a'])).size).toBe(0);
  await Promise.all([one, same, other].map((backend) => backend.close()));
});

it('forgets a name when the last backend of it is closed', async () => {
  const [first, second] = [memoryResultBackend('memory://gone'), memoryResultBackend('memory://gone')].map((make) =>
    make(adapterDeps()),
  );
  await Promise.all([first?.connect(), second?.connect()]);
  await first?.storeResult(meta);
  await first?.close();
  await first?.close();
  expect((await second?.getMany(['a']))?.size).toBe(1);
  await second?.close();
  await second?.connect();
  expect((await second?.getMany(['a']))?.size).toBe(0);
  await second?.close();
});

it('stays as it is when the caller changes what he stored or found', async () => {
  const backend = memoryResultBackend('memory://copies')(adapterDeps());
  await backend.connect();
  const bytes = Buffer.from('1');
  const result = { contentType: 'application/x-raw', contentEncoding: 'binary', data: bytes };
  const mine = { ...meta, result, children: [] as [[string, null], null][] };
  await backend.storeResult(mine);
  bytes.fill('2');
  mine.children.push([['x', null], null]);
  (await backend.getMany(['a'])).get('a')?.children.push([['y', null], null]);
  expect((await backend.getMany(['a'])).get('a')).toMatchObject({ children: [], result: { data: Buffer.from('1') } });
  await backend.close();
});

it('says to connect first', async () => {
  const backend = memoryResultBackend()(adapterDeps());
  await expect(backend.getMany(['a'])).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
});

it('forgets after a day that a task has begun', async () => {
  const clock = new FakeClock();
  const backend = memoryResultBackend('memory://days')(adapterDeps({}, { clock }));
  await backend.connect();
  await backend.once?.first('a');
  await clock.advance(23 * 3_600_000);
  await backend.once?.first('b');
  await clock.advance(2 * 3_600_000);
  await backend.deleteExpired(new Date(0));
  expect(await backend.once?.first('a')).toBe(true);
  expect(await backend.once?.first('b')).toBe(false);
  await backend.close();
});
