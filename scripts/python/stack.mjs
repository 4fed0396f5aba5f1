import { run } from '../lib/run.mjs';

/**
 * A Python that can run Celery with Django's result backend and beat on PostgreSQL.
 * @typedef {object} Stack
 * @property {string} python the interpreter
 * @property {string} pythonPath what PYTHONPATH must hold; may be empty
 * @property {string} celery its version
 * @property {string} summary the versions of all that matters, for people
 */

const LOOK = `
import json, platform, celery, kombu, django, django_celery_beat, django_celery_results
try:
    import psycopg2
except ImportError:
    import psycopg
print(json.dumps({
    "celery": celery.__version__,
    "summary": "Celery %s, kombu %s, django-celery-results %s, django-celery-beat %s, Django %s, Python %s" % (
        celery.__version__, kombu.__version__, django_celery_results.__version__, django_celery_beat.__version__,
        django.get_version(), platform.python_version()),
}))`;

/**
 * What this Python has; undefined when something is missing.
 * @param {string} python
 * @param {string} [pythonPath]
 * @returns {Promise<Stack | undefined>}
 */
export async function lookAt(python, pythonPath = process.env.PYTHONPATH ?? '') {
  const { code, stdout } = await run(python, ['-c', LOOK], { env: { ...process.env, PYTHONPATH: pythonPath } });
  return code === 0 ? { python, pythonPath, ...JSON.parse(stdout) } : undefined;
}

/**
 * Whether a version is at least 5.4: from there on the wire is what the newest Celery speaks.
 * @param {string} version
 */
export function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 4);
}
