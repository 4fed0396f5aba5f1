import { readFileSync } from 'node:fs';
import { compileConfig } from './compiled-config.js';
import { Pidbox } from './pidbox.js';

interface Listed {
  name: string;
  durable: boolean;
  auto_delete: boolean;
  exclusive: boolean;
  type: string;
  arguments: [string, string, number][];
}

/** What two workers of Celery 5.6 had declared: test/data/wire/README.md. */
const file = new URL('../../../../test/data/wire/topology-two-workers.json', import.meta.url);
const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: { exchanges: Listed[]; queues: Listed[] } };

const exchange = (name: string) => {
  const { type, durable, auto_delete: autoDelete } = data.exchanges.find((it) => it.name === name) as Listed;
  return { name, type, durable, autoDelete };
};

const queue = (name: string) => {
  const {
    durable,
    exclusive,
    auto_delete: autoDelete,
    arguments: args,
  } = data.queues.find((it) => it.name === name) as Listed;
  return {
    name,
    durable,
    exclusive,
    autoDelete,
    arguments: Object.fromEntries(args.map(([key, , value]) => [key, value])),
  };
};

describe('Pidbox', () => {
  it('declares the mailbox of a worker as Celery does', () => {
    const { exchanges, queues, bindings } = new Pidbox(compileConfig({})).mailbox('w1@vm');
    expect(exchanges).toEqual([exchange('celery.pidbox')]);
    expect(queues).toEqual([queue('w1@vm.celery.pidbox')]);
    expect(bindings).toEqual([{ queue: 'w1@vm.celery.pidbox', exchange: 'celery.pidbox', routingKey: '' }]);
  });

  it('declares the exchange of answers as Celery does, from either side', () => {
    const pidbox = new Pidbox(compileConfig({}));
    expect(pidbox.inbox('id').exchanges).toEqual([exchange('reply.celery.pidbox')]);
    expect(pidbox.replies('reply.celery.pidbox').exchanges).toEqual([exchange('reply.celery.pidbox')]);
    expect(pidbox.inbox('id').bindings).toEqual([
      { queue: 'id.reply.celery.pidbox', exchange: 'reply.celery.pidbox', routingKey: 'id' },
    ]);
  });

  it('takes names and times from the settings', () => {
    const pidbox = new Pidbox(
      compileConfig({ controlExchange: 'mine', controlQueueTtl: 20, controlQueueExpires: 1.5 }),
    );
    expect(pidbox.requests.name).toBe('mine.pidbox');
    expect(pidbox.mailbox('w1@vm').queues).toMatchObject([
      { name: 'w1@vm.mine.pidbox', arguments: { 'x-message-ttl': 20_000, 'x-expires': 1500 } },
    ]);
    expect(pidbox.inbox('id').name).toBe('id.reply.mine.pidbox');
  });
});
