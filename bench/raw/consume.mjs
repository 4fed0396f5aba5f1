// node consume.mjs AMQP_URL QUEUE COUNT: takes, parses and acknowledges messages with amqplib alone, prefetch 100,
// one acknowledgement for all that came in one turn of the event loop.
import { connect } from 'amqplib';
import { stopwatch } from './stopwatch.mjs';

const [url = '', queue = '', total = ''] = process.argv.slice(2);
const connection = await connect(url, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(100);
await consume(Number(total));
await channel.close();
await connection.close();

/**
 * @param {number} count
 * @returns {Promise<void>}
 */
async function consume(count) {
  let taken = 0;
  let stop = () => {};
  /** @type {import('amqplib').ConsumeMessage | undefined} */
  let newest;
  const acknowledge = () => {
    if (newest) channel.ack(newest, true);
    newest = undefined;
  };
  await new Promise((resolve) => {
    void channel.consume(queue, (message) => {
      if (!message) return;
      if (taken === 0) stop = stopwatch();
      JSON.parse(message.content.toString());
      if (!newest) setImmediate(acknowledge);
      newest = message;
      if (++taken === count) setImmediate(resolve);
    });
  });
  stop();
}
