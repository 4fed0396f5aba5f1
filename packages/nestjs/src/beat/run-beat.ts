import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import type { Beat } from '@nestjs-celery/core/beat';
import { beatOverrides } from '../process/beat-overrides.js';
import type { BeatOverrides } from '../process/beat-overrides.js';
import { bootApplication } from '../process/boot.js';
import type { AppModule } from '../process/boot.js';
import { holdPidFile } from '../process/pid-file.js';
import { runProcess } from '../process/run-process.js';
import type { Runnable } from '../process/run-process.js';
import type { SettingOverrides } from '../setting-overrides.js';
import { DEFAULT_APP } from '../tokens.js';
import { BeatFactory } from './beat-factory.js';
import { BeatServicesModule } from './beat-services.module.js';
import { parseBeatFlags } from './beat-flags.js';
import type { BeatFlags } from './beat-flags.js';

/** Options of a beat process. The command line wins over them, they win over the settings. */
export interface RunBeatOptions extends Omit<BeatFlags, 'scheduler' | 'schedule'>, BeatOverrides {
  /** Whose schedules it runs. @default 'default' */
  app?: string;
  /** Celery's flags. @default `process.argv.slice(2)` */
  argv?: readonly string[];
  /** Own the process: signals stop it, an error ends it with exit code 1. Off: errors are thrown, `stop()` is yours. @default true */
  signals?: boolean;
  /** @default Nest's ConsoleLogger at the level of `-l` */
  logger?: LoggerService;
}

/** What `runBeat` resolves with, once beat runs. */
export interface RunningBeat {
  readonly app: INestApplicationContext;
  readonly beat: Beat;
  /** Ends the loop and what is being published, then the application. May be called twice. */
  stop(): Promise<void>;
}

/**
 * The whole of a beat's main file: `await runBeat(AppModule);`. Sends `beatSchedule`, every `@Periodic`, and the rows of the database on
 * time, until SIGTERM or SIGINT. With a database several may run, of which one leads; else run one per app: each sends everything.
 * @throws ImproperlyConfigured for a flag or an entry that cannot be used, and while another process has the `pidfile`
 */
export async function runBeat(appModule: AppModule, options: RunBeatOptions = {}): Promise<RunningBeat> {
  const { signals = true, ...rest } = options;
  const running = await runProcess({ what: 'beat', signals }, () => bootBeat(appModule, rest));
  return { app: running.app, beat: running.beat, stop: () => running.stop() };
}

class BeatProcess implements Runnable {
  readonly app: INestApplicationContext;
  readonly beat: Beat;
  /** Beat tries for ever. */
  readonly failed = new Promise<never>(() => {});
  readonly #releasePid: () => void;
  #stopping: Promise<void> | undefined;

  constructor(app: INestApplicationContext, beat: Beat, releasePid: () => void) {
    this.app = app;
    this.beat = beat;
    this.#releasePid = releasePid;
  }

  start(): Promise<void> {
    return this.beat.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    try {
      await this.beat.stop();
      await this.app.close();
    } finally {
      this.#releasePid();
    }
  }
}

async function bootBeat(appModule: AppModule, written: RunBeatOptions): Promise<BeatProcess> {
  const options = { ...written, ...parseBeatFlags(written.argv ?? process.argv.slice(2)) };
  const overrides = beatOverrides(options.app ?? DEFAULT_APP, options);
  const releasePid = options.pidfile ? holdPidFile(options.pidfile) : () => {};
  try {
    return await bootHolding(releasePid, appModule, options, overrides);
  } catch (error) {
    releasePid();
    throw error;
  }
}

async function bootHolding(
  releasePid: () => void,
  appModule: AppModule,
  options: RunBeatOptions,
  overrides: SettingOverrides,
): Promise<BeatProcess> {
  const level = options.loglevel ?? 'WARNING';
  const app = await bootApplication(appModule, [BeatServicesModule], { logger: options.logger, level, overrides });
  try {
    const { beat, banner } = app.get(BeatFactory).create(overrides.app, options, level);
    if (options.quiet !== true) process.stdout.write(`${banner}\n`);
    return new BeatProcess(app, beat, releasePid);
  } catch (error) {
    await app.close();
    throw error;
  }
}
