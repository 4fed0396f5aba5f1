// node publish.mjs AMQP_URL QUEUE COUNT: messages as Celery sends them, confirmed, 100 at a time, with amqplib alone.
import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { stopwatch } from './stopwatch.mjs';

const LANES = 100;

const [url = '', queue = '', total = ''] = process.argv.slice(2);
const connection = await connect(url, { noDelay: true });
const channel = await connection.createConfirmChannel();
await channel.assertQueue(queue);
await publish(Number(total) / 20);
const stop = stopwatch();
await publish(Number(total));
stop();
await connection.close();

/** @param {number} count */
async function publish(count) {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) await publishOne(n);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** @param {number} n */
function publishOne(n) {
  const id = randomUUID();
  const body = Buffer.from(JSON.stringify([[n, n], {}, { callbacks: null, errbacks: null, chain: null, chord: null }]));
  const options = {
    headers: headers(id, n),
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    correlationId: id,
    replyTo: 'fd7fd6ef-6a4e-4b0a-9a7f-24c6d2b2f5b3',
    deliveryMode: 2,
    priority: 0,
  };
  return new Promise((resolve, reject) => {
    channel.publish('', queue, body, options, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

/**
 * @param {string} id
 * @param {number} n
 */
function headers(id, n) {
  return {
    lang: 'js',
    task: 'bench.add',
    id,
    shadow: null,
    eta: null,
    expires: null,
    group: null,
    group_index: null,
    retries: 0,
    timelimit: [null, null],
    root_id: id,
    parent_id: null,
    argsrepr: `(${n}, ${n})`,
    kwargsrepr: '{}',
    origin: 'gen1234@host',
    ignore_result: true,
    replaced_task_nesting: 0,
    stamped_headers: null,
    stamps: {},
  };
}
