import type { Logger } from '../contracts/logger.js';
import { JsonFile } from '../files/json-file.js';
import { isRecord } from '../protocol/class-tag.js';
import type { Progress } from './definition-entry.js';

const VERSION = 1;

/** An entry's progress as it stands in the file, and its claims that were not settled. */
export interface FiledEntry {
  readonly progress?: Progress | undefined;
  readonly claims: readonly { readonly dueAt: Date; readonly taskId: string }[];
}

export type FiledEntries = ReadonlyMap<string, FiledEntry>;

/** What the times in the file depend on. */
export interface FileSettings {
  readonly timezone: string;
  readonly enableUtc: boolean;
}

interface Filed {
  readonly version: number;
  readonly tz: string;
  readonly utcEnabled: boolean;
  readonly entries: Record<string, FiledEntry>;
}

/** The file of the scheduler 'file': Celery's `celerybeat-schedule`, in JSON. */
export class ScheduleFile {
  readonly #file: JsonFile<Filed>;

  constructor(
    readonly path: string,
    private readonly settings: FileSettings,
    private readonly logger: Logger,
  ) {
    this.#file = new JsonFile(path, {
      what: 'schedule file',
      option: 'beatScheduleFilename, -s',
      read: readFiled,
      onDamaged: (message) => logger.warn(`${message}, and every entry begins to count now.`),
    });
  }

  /** Nothing where time zone or UTC setting are others by now: as in Celery. @throws ImproperlyConfigured */
  async load(): Promise<FiledEntries> {
    const filed = await this.#file.load();
    if (!filed) return new Map();
    const change = this.#changeSince(filed);
    if (change === undefined) return new Map(Object.entries(filed.entries));
    this.logger.warn(`Reset: ${change}: every entry of ${this.path} begins to count now.`);
    return new Map();
  }

  #changeSince({ tz, utcEnabled }: Filed): string | undefined {
    const { timezone, enableUtc } = this.settings;
    if (tz !== timezone) return `Timezone changed from ${tz} to ${timezone}`;
    return utcEnabled === enableUtc ? undefined : `UTC changed from ${utcEnabled} to ${enableUtc}`;
  }

  /** @throws ImproperlyConfigured */
  save(entries: FiledEntries): Promise<void> {
    const { timezone, enableUtc } = this.settings;
    const filed = { version: VERSION, tz: timezone, utcEnabled: enableUtc, entries: Object.fromEntries(entries) };
    return this.#file.save(filed);
  }
}

function readFiled(value: unknown): Filed | undefined {
  if (!isRecord(value) || value.version !== VERSION || !isRecord(value.entries)) return undefined;
  const { tz, utcEnabled, entries } = value;
  if (typeof tz !== 'string' || typeof utcEnabled !== 'boolean') return undefined;
  const read = Object.entries(entries).map(([name, entry]) => [name, readEntry(entry)] as const);
  if (read.some(([, entry]) => entry === undefined)) return undefined;
  return { version: VERSION, tz, utcEnabled, entries: Object.fromEntries(read) as Filed['entries'] };
}

function readEntry(value: unknown): FiledEntry | undefined {
  if (!isRecord(value) || !Array.isArray(value.claims)) return undefined;
  const { progress: written } = value;
  const claims = value.claims.map((claim) => isRecord(claim) && { dueAt: dateOf(claim.dueAt), taskId: claim.taskId });
  const progress = isRecord(written) ? readProgress(written) : undefined;
  if (written !== undefined && !progress) return undefined;
  if (claims.some((claim) => !claim || !claim.dueAt || typeof claim.taskId !== 'string')) return undefined;
  return { progress, claims: claims as FiledEntry['claims'] };
}

function readProgress(value: Record<string, unknown>): Progress | undefined {
  const { lastTaskId, schedule, totalRunCount } = value;
  const since = dateOf(value.since);
  if (!since || typeof schedule !== 'string' || !Number.isSafeInteger(totalRunCount)) return undefined;
  const run = typeof lastTaskId === 'string' ? { lastRunAt: dateOf(value.lastRunAt), lastTaskId } : {};
  return { since, schedule, totalRunCount: totalRunCount as number, ...run };
}

function dateOf(value: unknown): Date | undefined {
  const date = typeof value === 'string' ? new Date(value) : undefined;
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}
