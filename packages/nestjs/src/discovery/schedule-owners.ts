import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { ImproperlyConfigured } from '@nestjs-celery/core';
import { AppSchedules } from './app-schedules.js';

/** Who of the application's apps keeps its schedules where. Asked when every provider stands. */
@Injectable()
export class ScheduleOwners {
  readonly #discovery: DiscoveryService;

  constructor(discovery: DiscoveryService) {
    this.#discovery = discovery;
  }

  /** @throws ImproperlyConfigured when another app keeps its schedules where this one does: each beat would send the other's, to its own broker */
  refuseShared(app: string): void {
    const all = this.#discovery
      .getProviders()
      .flatMap(({ instance }) => (instance instanceof AppSchedules ? [instance] : []));
    const own = all.find((schedules) => schedules.app === app);
    const other = all.find((schedules) => schedules.app !== app && schedules.place === own?.place);
    if (!other) return;
    throw new ImproperlyConfigured(
      `The apps '${app}' and '${other.app}' keep their schedules in one place, ${other.place}: each would send those of the other, to its own ` +
        "broker. Give one of them a place of its own: beatScheduler: typeormSchedules({ url, schema: '…' }), or 'file' with another beatScheduleFilename.",
    );
  }
}
