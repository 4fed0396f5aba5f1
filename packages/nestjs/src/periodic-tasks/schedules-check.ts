import type { FactoryProvider, OnModuleInit } from '@nestjs/common';
import { ScheduleOwners } from '../discovery/schedule-owners.js';

/** Looks, when every provider stands, whether the periodic tasks of an app are its alone. */
class SchedulesCheck implements OnModuleInit {
  constructor(
    private readonly owners: ScheduleOwners,
    private readonly app: string,
  ) {}

  /** @throws ImproperlyConfigured */
  onModuleInit(): void {
    this.owners.refuseShared(this.app);
  }
}

export function schedulesCheckProvider(app: string): FactoryProvider<SchedulesCheck> {
  return {
    provide: SchedulesCheck,
    useFactory: (owners: ScheduleOwners) => new SchedulesCheck(owners, app),
    inject: [ScheduleOwners],
  };
}
