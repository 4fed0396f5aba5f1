import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';

/** How long a server may take to answer. */
const PATIENCE = 5_000;

/**
 * Each asks a server, as a client does, whether it is ready for us, and rejects with the reason when it is not.
 * The drivers are the workspace's own, and loaded when they are needed.
 */

/** @param {string} url */
export async function askRabbitmq(url) {
  const { connect } = await import('amqplib');
  const connection = await connect(url, { timeout: PATIENCE });
  await connection.close();
}

/**
 * The tests make databases of their own, so it is asked whether we may.
 * @param {string} url
 */
export async function askPostgresql(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE, query_timeout: PATIENCE });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      'select rolsuper or rolcreatedb as may from pg_roles where rolname = current_user',
    );
    if (!rows[0]?.may) throw new Error('the role may not create databases');
  } finally {
    await client.end();
  }
}

/** @param {string} url */
export async function askRedis(url) {
  const { hostname, port, username, password } = new URL(url);
  const socket = connectSocket({ host: hostname, port: Number(port || 6379), timeout: PATIENCE });
  try {
    await once(socket, 'connect');
    const login = password
      ? `${redisCommand(['AUTH', ...(username ? [username] : []), password].map(decodeURIComponent))}`
      : '';
    socket.write(`${login}${redisCommand(['PING'])}`);
    await pong(socket);
  } finally {
    socket.destroy();
  }
}

/** @param {string[]} words */
function redisCommand(words) {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/**
 * @param {import('node:net').Socket} socket
 * @returns {Promise<void>}
 */
function pong(socket) {
  return new Promise((resolve, reject) => {
    let said = '';
    socket.on('data', (data) => {
      said += data;
      if (said.includes('+PONG\r\n')) resolve();
      else if (said.includes('-')) reject(new Error(said.slice(said.indexOf('-') + 1).trim()));
    });
    socket.once('timeout', () => reject(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}
