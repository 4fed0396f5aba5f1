import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from '../lib/apt.mjs';
import { mustRun } from '../lib/run.mjs';
import { lookAt } from './stack.mjs';

/** The Debian suite whose Celery is taken. Nothing of it is installed: its packages, pure Python, are unpacked into a cache. */
const SUITE = 'forky';
const PACKAGES = [
  'celery',
  'kombu',
  'amqp',
  'vine',
  'billiard',
  'django-celery-beat',
  'django-celery-results',
  'cron-descriptor',
  'redis',
];

/** What these lean on and this release has in a version that will do; small, and installed. */
const FROM_THIS_RELEASE = [
  'python3',
  'python3-click',
  'python3-click-didyoumean',
  'python3-click-plugins',
  'python3-click-repl',
  'python3-crontab',
  'python3-dateutil',
  'python3-django',
  'python3-django-timezone-field',
  'python3-packaging',
  'python3-psycopg2',
  'python3-sqlalchemy',
  'python3-typing-extensions',
  'python3-tzlocal',
];

/** Debian's packages are made for Debian's Python, which need not be the first on the PATH. */
export const DEBIAN_PYTHON = '/usr/bin/python3';

/**
 * The stack of the later suite, if it has been unpacked.
 * @param {string} cache
 */
export async function lookInCache(cache) {
  const path = pythonPath(join(cache, SUITE));
  return existsSync(path) ? lookAt(DEBIAN_PYTHON, path) : undefined;
}

/**
 * Unpacks the stack of the later suite; root, on Debian. Rejects when it cannot be had or does not run on this Python.
 * @param {string} cache
 * @param {(line: string) => void} log
 */
export async function unpack(cache, log) {
  await aptInstall(FROM_THIS_RELEASE, { log });
  log(`unpacking Celery of Debian ${SUITE} into ${cache}`);
  const fresh = join(cache, `${SUITE}.new`);
  rmSync(fresh, { recursive: true, force: true });
  const debs = await download(fresh);
  for (const deb of debs) await mustRun('dpkg', ['-x', deb, join(fresh, 'root')]);
  if (!(await lookAt(DEBIAN_PYTHON, pythonPath(fresh))))
    throw new Error(`what Debian ${SUITE} has does not run on ${DEBIAN_PYTHON}`);
  for (const name of ['apt', 'debs']) rmSync(join(fresh, name), { recursive: true, force: true });
  rmSync(join(cache, SUITE), { recursive: true, force: true });
  renameSync(fresh, join(cache, SUITE));
}

/**
 * Downloads the packages with package lists of their own, so that those of the system do not change.
 * @param {string} folder
 * @returns {Promise<string[]>} the files
 */
async function download(folder) {
  for (const name of ['apt/lists/partial', 'apt/archives/partial', 'debs'])
    mkdirSync(join(folder, name), { recursive: true });
  const sources = join(folder, 'apt/sources.list');
  writeFileSync(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} ${SUITE} main\n`);
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${folder}/apt/lists`,
  ];
  const options = [...own, `Dir::Cache=${folder}/apt`, 'APT::Sandbox::User=root'].flatMap((option) => ['-o', option]);
  await mustRun('apt-get', [...options, 'update', '-qq']);
  const wanted = await Promise.all(PACKAGES.map((name) => newestOf(`python3-${name}`, options)));
  const debs = join(folder, 'debs');
  await mustRun('apt-get', [...options, 'download', '-qq', ...wanted], { cwd: debs });
  return readdirSync(debs).map((name) => join(debs, name));
}

/**
 * By its version, because the system's own, older one may be installed, and apt would prefer it.
 * @param {string} name
 * @param {string[]} options
 */
async function newestOf(name, options) {
  const { stdout } = await mustRun('apt-cache', [...options, 'madison', name]);
  const line = stdout.split('\n').find((text) => text.includes(`${SUITE}/`));
  if (!line) throw new Error(`Debian ${SUITE} has no ${name}`);
  return `${name}=${line.split('|')[1]?.trim()}`;
}

/** The mirror that this system uses for its own packages. */
function mirror() {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    const found = /^(?:URIs:|deb(?: \[.*?\])?)\s+(https?:\/\/\S+)/m.exec(read(file));
    if (found?.[1]) return found[1];
  }
  return 'http://deb.debian.org/debian';
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} folder */
function pythonPath(folder) {
  return join(folder, 'root/usr/lib/python3/dist-packages');
}
