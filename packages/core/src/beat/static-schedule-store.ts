import type { CompiledConfig } from '../app/compiled-config.js';
import type { ScheduleStore } from '../contracts/schedule-store.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { compileDefinition } from './schedule-definition.js';
import type { CompiledDefinition, ScheduleDefinition } from './schedule-definition.js';
import { ScheduleEntry } from './schedule-entry.js';

/**
 * The entries of the configuration and of decorators. Remembers no runs: each start of beat counts anew, so that nothing is sent
 * at the start itself. Celery's plain `Scheduler`.
 */
export class StaticScheduleStore implements ScheduleStore<ScheduleEntry> {
  readonly #definitions: readonly CompiledDefinition[];

  /** @throws ImproperlyConfigured for an entry that cannot be, or a name that is taken. */
  constructor(config: Pick<CompiledConfig, 'beatSchedule' | 'timezone'>, declared: readonly ScheduleDefinition[] = []) {
    const configured = Object.entries(config.beatSchedule).map(([name, entry]) => ({ ...entry, name }));
    const all = [...configured, ...declared];
    refuseDuplicates(all);
    this.#definitions = all.map((definition) => compileDefinition(definition, config.timezone));
  }

  async load(now: Date): Promise<readonly ScheduleEntry[]> {
    return this.#definitions.map(
      (definition) => new ScheduleEntry({ ...definition, lastRunAt: now, totalRunCount: 0 }),
    );
  }
}

/** Celery lets the last one win in silence. */
function refuseDuplicates(definitions: readonly ScheduleDefinition[]): void {
  const taken = new Map<string, ScheduleDefinition>();
  for (const definition of definitions) {
    const other = taken.get(definition.name);
    if (other) {
      throw new ImproperlyConfigured(
        `Two beat entries are named '${definition.name}': one sends ${other.task}, the other ${definition.task}. Give one of them another name.`,
      );
    }
    taken.set(definition.name, definition);
  }
}
