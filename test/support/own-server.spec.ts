import { connect } from 'amqplib';
import { Client } from 'pg';
import { canStartOwnServer, startOwnServer } from './own-server.js';

const where = (name: Parameters<typeof canStartOwnServer>[0]) => (canStartOwnServer(name) ? it : it.skip);

describe('a server of the spec’s own', () => {
  where('rabbitmq')(
    'keeps a durable queue with its message over a crash',
    async () => {
      const server = await startOwnServer('rabbitmq');
      const before = await connect(server.url);
      before.on('error', () => {});
      const channel = await before.createConfirmChannel();
      await channel.assertQueue('kept', { durable: true });
      channel.sendToQueue('kept', Buffer.from('x'), { persistent: true });
      await channel.waitForConfirms();

      await server.crash();
      await expect(connect(server.url)).rejects.toThrow('ECONNREFUSED');
      await server.start();

      const after = await connect(server.url);
      expect(await (await after.createChannel()).checkQueue('kept')).toMatchObject({ messageCount: 1 });
      await after.close();
    },
    120_000,
  );

  where('postgresql')(
    'keeps a committed row over a crash',
    async () => {
      const server = await startOwnServer('postgresql');
      await query(server.url, 'create table kept as select 1 as x');
      await server.crash();
      await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
      await server.start();
      expect(await query(server.url, 'select x from kept')).toEqual([{ x: 1 }]);
    },
    120_000,
  );
});

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}
