import { Inject, Injectable, Optional } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { CeleryApp, ScheduleDatabase } from '@nestjs-celery/core';
import { OWN_APP, OWN_SCHEDULES } from './tokens.js';

/** Closes an app's connections in the last hook of all: workers have drained in `beforeApplicationShutdown`. */
@Injectable()
export class AppCloser implements OnApplicationShutdown {
  readonly #app: CeleryApp;

  constructor(
    @Inject(OWN_APP) app: CeleryApp,
    @Optional() @Inject(OWN_SCHEDULES) private readonly schedules?: ScheduleDatabase,
  ) {
    this.#app = app;
  }

  async onApplicationShutdown(): Promise<void> {
    try {
      await this.schedules?.close();
    } finally {
      await this.#app.close();
    }
  }
}
