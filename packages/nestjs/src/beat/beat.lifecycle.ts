import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Beat } from '@nestjs-celery/core/beat';
import { STAND_INS } from '../stand-ins.js';
import { DEFAULT_APP } from '../tokens.js';
import { BeatFactory } from './beat-factory.js';
import { BEAT_MODULE_OPTIONS } from './beat.module-definition.js';
import type { BeatModuleOptions } from './beat.module-definition.js';

/** A beat that lives and ends with the application around it; it stops before the broker is closed. */
@Injectable()
export class BeatLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #factory: BeatFactory;
  readonly #options: BeatModuleOptions;
  #beat: Beat | undefined;

  constructor(
    factory: BeatFactory,
    @Inject(BEAT_MODULE_OPTIONS) options: BeatModuleOptions,
    /** In a test `CeleryTesting` sends what is due. */
    @Optional() @Inject(STAND_INS) private readonly standIns?: unknown,
  ) {
    this.#factory = factory;
    this.#options = options;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.standIns) return;
    this.#beat = this.#factory.create(this.#options.app ?? DEFAULT_APP, this.#options).beat;
    await this.#beat.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#beat?.stop();
  }
}
