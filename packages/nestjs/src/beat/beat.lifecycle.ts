import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Beat, BeatHealth } from '@nestjs-celery/core/beat';
import { STAND_INS } from '../stand-ins.js';
import type { AppBeat } from './app-beat.js';
import { BeatFactory } from './beat-factory.js';
import type { BeatOptions } from './beat-factory.js';
import { BEAT_APP, BEAT_MODULE_OPTIONS } from './beat.module-definition.js';

const NOT_STARTED: BeatHealth = { state: 'stopped', entries: 0, lastTick: undefined, nextTick: undefined };

/** A beat that lives and ends with the application around it; it stops before the broker is closed. */
@Injectable()
export class BeatLifecycle implements AppBeat, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #factory: BeatFactory;
  readonly #options: BeatOptions;
  readonly #app: string;
  #beat: Beat | undefined;

  constructor(
    factory: BeatFactory,
    @Inject(BEAT_MODULE_OPTIONS) options: BeatOptions,
    @Inject(BEAT_APP) app: string,
    /** In a test `CeleryTesting` sends what is due. */
    @Optional() @Inject(STAND_INS) private readonly standIns?: unknown,
  ) {
    this.#factory = factory;
    this.#options = options;
    this.#app = app;
  }

  get health(): BeatHealth {
    return this.#beat?.health ?? NOT_STARTED;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.standIns) return;
    this.#beat = this.#factory.create(this.#app, this.#options).beat;
    await this.#beat.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#beat?.stop();
  }
}
