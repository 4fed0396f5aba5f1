import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { CeleryApp } from '@nestjs-celery/core';
import { OWN_APP } from './tokens.js';

/** Closes an app's connections in the last hook of all: workers have drained in `beforeApplicationShutdown`. */
@Injectable()
export class AppCloser implements OnApplicationShutdown {
  readonly #app: CeleryApp;

  constructor(@Inject(OWN_APP) app: CeleryApp) {
    this.#app = app;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#app.close();
  }
}
