import { type PythonProcess, type PythonSettings, startCelery } from './python.js';

export interface PythonBeatOptions extends PythonSettings {
  /** Seconds from one look at the database to the next, at most; django-celery-beat's own is 5. @default 1 */
  maxInterval?: number;
}

/**
 * `celery beat -S django` on migrated tables. Resolves when it has begun. It cannot load a solar row without Python's `ephem`,
 * and ends of it.
 */
export function startPythonBeat({ maxInterval = 1, ...settings }: PythonBeatOptions): Promise<PythonProcess> {
  const flags = ['-S', 'django', '-l', 'INFO', '--max-interval', String(maxInterval), '--pidfile='];
  return startCelery(['beat', ...flags], settings, 'beat: Starting...');
}
