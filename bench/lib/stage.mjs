import { randomBytes } from 'node:crypto';
import { migrateResults } from '@nestjs-celery/typeorm';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { waitFor } from '../../scripts/lib/wait.mjs';
import { Arrivals } from './arrivals.mjs';
import { Schedules } from './schedules.mjs';

const TABLE = 'django_celery_results_taskresult';

/** @typedef {{ client: Client, url: string }} Database */
/** @typedef {import('./side.mjs').Side} Side */

/** Where the runs take place: a database of the benchmark's own, and a queue for each run. */
export class Stage {
  #server;
  #broker;
  #database;
  #name;
  /** Those that beats run, one for each side. @type {Map<Side, Database & { name: string }>} */
  #scheduleDatabases = new Map();
  /** The queue of the run under way. */
  queue = '';
  amqpUrl;
  databaseUrl;

  /**
   * @param {{ server: Client, broker: import('amqplib').ChannelModel, database: Client, name: string, urls: Urls }} parts
   * @typedef {{ amqpUrl: string, databaseUrl: string }} Urls
   */
  constructor({ server, broker, database, name, urls }) {
    this.#server = server;
    this.#broker = broker;
    this.#database = database;
    this.#name = name;
    this.amqpUrl = urls.amqpUrl;
    this.databaseUrl = urls.databaseUrl;
  }

  /** On the servers of AMQP_URL and DATABASE_URL. */
  static async open() {
    const amqpUrl = fromEnvironment('AMQP_URL');
    const serverUrl = fromEnvironment('DATABASE_URL');
    const name = `nestjs_celery_bench_${randomBytes(4).toString('hex')}`;
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const server = await openClient(serverUrl);
    await server.query(`CREATE DATABASE ${name}`);
    await migrateResults({ url: url.href });
    const database = await openClient(url.href);
    return new Stage({
      server,
      broker: await connect(amqpUrl),
      database,
      name,
      urls: { amqpUrl, databaseUrl: url.href },
    });
  }

  /** The next run: another queue, and no rows. */
  async clear() {
    await this.#removeQueue();
    this.queue = `nestjs-celery-bench-${randomBytes(4).toString('hex')}`;
    await this.#database.query(`TRUNCATE ${TABLE}`);
  }

  /** How many results are stored as SUCCESS. */
  async storedRows() {
    const { rows } = await this.#database.query(
      `SELECT count(*)::int AS stored FROM ${TABLE} WHERE status = 'SUCCESS'`,
    );
    return rows[0].stored;
  }

  /**
   * Waits for the last rows of a run; gives the time when all were there, in epoch milliseconds.
   * @param {number} count
   */
  async allStored(count) {
    await waitFor(`${count} stored results`, async () => (await this.storedRows()) >= count, { every: 5 });
    return Date.now();
  }

  /** Messages that wait in the queue, for a check after a run. */
  async depth() {
    const channel = await this.#broker.createChannel();
    const { messageCount } = await channel.checkQueue(this.queue);
    await channel.close();
    return messageCount;
  }

  /**
   * No schedules, in a database of the side's own that has its tables; Celery's has nothing of ours in it.
   * @param {Side} side
   */
  async schedules(side) {
    const database = this.#scheduleDatabases.get(side) ?? (await this.#addScheduleDatabase(side));
    const schedules = new Schedules(database, this.queue);
    await schedules.clear();
    return schedules;
  }

  /** What comes into the queue of the run. */
  arrivals() {
    return Arrivals.open(this.#broker, this.queue);
  }

  async close() {
    await this.#removeQueue();
    await this.#broker.close();
    await this.#drop({ client: this.#database, name: this.#name });
    for (const database of this.#scheduleDatabases.values()) await this.#drop(database);
    await this.#server.end();
  }

  /** @param {Side} side */
  async #addScheduleDatabase(side) {
    const name = `${this.#name}_${this.#scheduleDatabases.size}`;
    const url = new URL(this.databaseUrl);
    url.pathname = `/${name}`;
    await this.#server.query(`CREATE DATABASE ${name}`);
    await side.migrateSchedules(this, url.href);
    const database = { name, url: url.href, client: await openClient(url.href) };
    this.#scheduleDatabases.set(side, database);
    return database;
  }

  /** @param {{ client: Client, name: string }} database */
  async #drop({ client, name }) {
    await client.end();
    await this.#server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  /** And the exchange that Celery declares by its name. */
  async #removeQueue() {
    if (this.queue === '') return;
    const channel = await this.#broker.createChannel();
    await channel.deleteQueue(this.queue);
    await channel.deleteExchange(this.queue);
    await channel.close();
  }
}

/** @param {string} connectionString */
async function openClient(connectionString) {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

/** @param {string} name */
function fromEnvironment(name) {
  const url = process.env[name];
  if (url) return url;
  throw new Error(`${name} is not set. Run the benchmarks by "npm run bench".`);
}
