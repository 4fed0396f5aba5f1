import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImproperlyConfigured } from '../errors/config-errors.js';

export interface JsonFileOptions<T> {
  /** What it is and which option names it: `state file … (workerStateDb, -S)`. */
  readonly what: string;
  readonly option: string;
  /** Undefined for what none of ours has written. */
  readonly read: (value: unknown) => T | undefined;
  /** Tells that it was put aside. */
  readonly onDamaged: (message: string) => void;
}

/** One JSON file, always whole: a new one is written beside it and takes its place. */
export class JsonFile<T> {
  constructor(
    readonly path: string,
    private readonly options: JsonFileOptions<T>,
  ) {}

  /**
   * What was saved last; undefined where there is no file. One that cannot be understood is put aside.
   * @throws ImproperlyConfigured when the file may not be read, or not be put aside
   */
  async load(): Promise<T | undefined> {
    const text = await this.#read();
    if (text === undefined) return undefined;
    const value = this.options.read(parsed(text));
    if (value !== undefined) return value;
    const aside = `${this.path}.damaged`;
    await rename(this.path, aside).catch((cause: unknown) => {
      throw this.#refused('put aside, which it has to be for it is damaged', cause);
    });
    this.options.onDamaged(`The ${this.options.what} ${this.path} is damaged: it was renamed to ${aside}`);
    return undefined;
  }

  /** @throws ImproperlyConfigured when the file cannot be written */
  async save(value: T): Promise<void> {
    const beside = `${this.path}.${process.pid}.new`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeThrough(beside, `${JSON.stringify(value)}\n`);
      await rename(beside, this.path);
      await syncFolder(dirname(this.path));
    } catch (cause) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw this.#refused('written', cause);
    }
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw this.#refused('read', error);
    }
  }

  #refused(done: string, cause: unknown): ImproperlyConfigured {
    const { what, option } = this.options;
    const why = (cause as Error).message;
    return new ImproperlyConfigured(
      `The ${what} ${this.path} (${option}) cannot be ${done}: ${why}. Correct its path or its rights.`,
      { cause },
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** On the disk when it returns: after a power cut the file that takes the place of the old one must not be empty. */
async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** So that the new name is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
