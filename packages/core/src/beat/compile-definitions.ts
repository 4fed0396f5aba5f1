import type { CompiledConfig } from '../app/compiled-config.js';
import { ImproperlyConfigured } from '../errors/config-errors.js';
import { compileDefinition } from './schedule-definition.js';
import type { CompiledDefinition, ScheduleDefinition } from './schedule-definition.js';

/**
 * The entries of the configuration and of decorators.
 * @throws ImproperlyConfigured for an entry that cannot be, or a name that is taken.
 */
export function compileDefinitions(
  config: Pick<CompiledConfig, 'beatSchedule' | 'timezone'>,
  declared: readonly ScheduleDefinition[] = [],
): readonly CompiledDefinition[] {
  const configured = Object.entries(config.beatSchedule).map(([name, entry]) => ({ ...entry, name }));
  const all = [...configured, ...declared];
  refuseDuplicates(all);
  return all.map((definition) => compileDefinition(definition, config.timezone));
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
