import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import type { Beat } from '@nestjs-celery/core/beat';
import { bootApplication } from '../process/boot.js';
import type { AppModule } from '../process/boot.js';
import { runProcess } from '../process/run-process.js';
import type { Runnable } from '../process/run-process.js';
import { DEFAULT_APP } from '../tokens.js';
import { BeatFactory } from './beat-factory.js';
import { BeatServicesModule } from './beat-services.module.js';
import { parseBeatFlags } from './beat-flags.js';
import type { BeatFlags } from './beat-flags.js';

/** Options of a beat process. The command line wins over them, they win over the settings. */
export interface RunBeatOptions extends BeatFlags {
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
 * The whole of a beat's main file: `await runBeat(AppModule);`. Sends `beatSchedule` and every `@Periodic` on time, until SIGTERM
 * or SIGINT. Run one per app: each beat sends everything.
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
  #stopping: Promise<void> | undefined;

  constructor(app: INestApplicationContext, beat: Beat) {
    this.app = app;
    this.beat = beat;
  }

  start(): Promise<void> {
    return this.beat.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.beat.stop().then(() => this.app.close());
    return this.#stopping;
  }
}

async function bootBeat(appModule: AppModule, written: RunBeatOptions): Promise<BeatProcess> {
  const options = { ...written, ...parseBeatFlags(written.argv ?? process.argv.slice(2)) };
  const level = options.loglevel ?? 'WARNING';
  const app = await bootApplication(appModule, [BeatServicesModule], { logger: options.logger, level });
  try {
    const { beat, banner } = app.get(BeatFactory).create(options.app ?? DEFAULT_APP, options, level);
    if (options.quiet !== true) process.stdout.write(`${banner}\n`);
    return new BeatProcess(app, beat);
  } catch (error) {
    await app.close();
    throw error;
  }
}
