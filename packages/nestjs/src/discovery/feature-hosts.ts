import type { Type } from '@nestjs/common';

/** The classes that one `forFeature` was given: their tasks are sent from here, wherever they run. */
export class FeatureHosts {
  constructor(
    readonly hosts: readonly Type[],
    readonly app: string,
  ) {}
}
