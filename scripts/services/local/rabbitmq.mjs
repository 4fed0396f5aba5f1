import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../../lib/paths.mjs';
import { accountFor, makeFolder } from '../account.mjs';
import { freePorts } from '../ports.mjs';

/** Debian's wrapper of the same name in /usr/sbin insists on its own account and folders; the real script does not. */
const findServer = () => findBinary(['rabbitmq-server'], ['/usr/lib/rabbitmq/bin']);
const findEpmd = () => findBinary(['epmd'], ['/usr/lib/erlang/bin']);

/**
 * A RabbitMQ node that shares nothing with another on this machine: node name, ports, port mapper, cookie, configuration
 * and data are its own. It listens on 127.0.0.1 only.
 * @type {import('./local-server.mjs').LocalServer}
 */
export const rabbitmq = { isInstalled: () => Boolean(findServer() && findEpmd()), prepare, stopSignal: 'SIGKILL' };

/** @param {string} folder */
async function prepare(folder) {
  const account = accountFor('rabbitmq');
  makeFolder(folder, account);
  const [port, distributionPort, epmdPort] = /** @type {[number, number, number]} */ (await freePorts(3));
  const own = ownFiles(folder, account);
  const env = {
    ...withoutRabbitmq(process.env),
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // the start script then becomes the server, instead of a shell that waits for it
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_NODENAME: `nestjs-celery-${randomBytes(4).toString('hex')}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONF_ENV_FILE: own('rabbitmq-env.conf', ''),
    RABBITMQ_CONFIG_FILE: own('rabbitmq.conf', 'disk_free_limit.absolute = 50MB\n'),
    RABBITMQ_ENABLED_PLUGINS_FILE: own('enabled_plugins', '[].\n'),
  };
  own('.erlang.cookie', randomBytes(16).toString('hex'));
  const epmd = { name: 'epmd', command: String(findEpmd()), args: ['-address', '127.0.0.1'], env, port: epmdPort };
  const server = { name: 'rabbitmq', command: String(findServer()), args: [], env, port };
  // started by us, not by the node: epmd would detach itself and stay
  return { folder, account, programs: [epmd, server] };
}

/**
 * @param {string} folder
 * @param {import('../account.mjs').Account} account
 * @returns {(name: string, content: string) => string} writes a file that only the account can read, and says where
 */
function ownFiles(folder, { uid, gid }) {
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, 0o600);
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    return path;
  };
}

/**
 * Settings of another node would reach ours by the environment.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutRabbitmq(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^((RABBITMQ|ERL)_|NOTIFY_SOCKET$)/.test(name)));
}
