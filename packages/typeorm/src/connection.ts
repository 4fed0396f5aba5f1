import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { AdapterDeps } from '@nestjs-celery/core';
import { DataSource } from 'typeorm';
import type { CompiledConnectionOptions } from './connection-options.js';
import { poolOf } from './pg-driver.js';
import type { PgPool } from './pg-driver.js';
import { safeUrl, safeUrlOf } from './safe-url.js';

export type ConnectionDeps = Pick<AdapterDeps, 'logger' | 'resolve'>;

export interface OpenConnection {
  readonly dataSource: DataSource;
  readonly pool: PgPool;
}

interface HeldConnection extends OpenConnection {
  /** Only what we opened is closed. */
  close(): Promise<void>;
}

/** The DataSource beneath results and schedules, the application's or one of its own. Closed when nobody uses it any more. */
export class Connection {
  readonly options: CompiledConnectionOptions;
  readonly #deps: ConnectionDeps;
  readonly #users = new Set<object>();
  #held: Promise<HeldConnection> | undefined;

  constructor(options: CompiledConnectionOptions, deps: ConnectionDeps) {
    this.options = options;
    this.#deps = deps;
  }

  get safeUrl(): string {
    const { source } = this.options;
    if (source.kind === 'url') return safeUrl(source.url);
    return isDataSource(source.given)
      ? safeUrlOf(source.given)
      : `postgres:// (the application's ${tokenName(source.given)})`;
  }

  /** That of a DataSource which was given itself. */
  get schema(): string | undefined {
    const { source } = this.options;
    if (source.kind === 'url' || !isDataSource(source.given)) return undefined;
    return source.given.options.type === 'postgres' ? source.given.options.schema : undefined;
  }

  /** Opens it once, for as long as the user does not close it; after a failure the next call tries again. */
  open(user: object): Promise<OpenConnection> {
    this.#users.add(user);
    this.#held ??= this.#connect().catch((error: unknown) => {
      this.#held = undefined;
      throw error;
    });
    return this.#held;
  }

  /** The user needs it no longer. */
  async close(user: object): Promise<void> {
    this.#users.delete(user);
    if (this.#users.size > 0) return;
    const held = this.#held;
    this.#held = undefined;
    await (await held?.catch(() => undefined))?.close();
  }

  async #connect(): Promise<HeldConnection> {
    const dataSource = this.#dataSource();
    const isOurs = !dataSource.isInitialized;
    const close = async () => {
      if (isOurs && dataSource.isInitialized) await dataSource.destroy();
    };
    if (isOurs) await dataSource.initialize();
    try {
      return { dataSource, pool: poolOf(dataSource), close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  #dataSource(): DataSource {
    const { source, poolSize, connectTimeout, applicationName } = this.options;
    if (source.kind === 'dataSource') return this.#given(source.given);
    return new DataSource({
      type: 'postgres',
      url: source.url,
      poolSize,
      connectTimeoutMS: connectTimeout,
      applicationName,
      installExtensions: false,
      poolErrorHandler: (error: Error) => this.#deps.logger.debug(`Lost an idle connection: ${error.message}`),
      // some networks drop a connection that is silent for some minutes, and tell nobody
      extra: { keepAlive: true, keepAliveInitialDelayMillis: 30_000 },
    });
  }

  #given(given: unknown): DataSource {
    const found = isDataSource(given) ? given : this.#deps.resolve(given);
    if (isDataSource(found)) return found;
    throw new ImproperlyConfigured(
      `dataSource: ${String(given)} leads to no TypeORM DataSource. Give one, or its token.`,
    );
  }
}

/** `DataSource`, or `billingDataSource` for one of a name. */
function tokenName(token: unknown): string {
  return typeof token === 'function' ? token.name : String(token);
}

/** By its shape: an application may have a copy of typeorm other than ours. */
function isDataSource(value: unknown): value is DataSource {
  return typeof value === 'object' && value !== null && 'driver' in value && 'createQueryRunner' in value;
}
