import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { BeatServicesModule } from './beat-services.module.js';
import { BeatLifecycle } from './beat.lifecycle.js';
import { ConfigurableBeatModule, OWN_BEAT } from './beat.module-definition.js';
import type { BeatModuleOptions } from './beat.module-definition.js';

/**
 * A beat inside an application of your own: `CeleryBeatModule.forRoot()`. Without a database in one process only: each beat sends everything.
 * How it is, for a health check: `@Inject(getBeatToken()) beat: AppBeat`.
 */
@Module({
  imports: [BeatServicesModule],
  providers: [BeatLifecycle, { provide: OWN_BEAT, useExisting: BeatLifecycle }],
})
export class CeleryBeatModule extends ConfigurableBeatModule {
  static override forRoot(options: BeatModuleOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
