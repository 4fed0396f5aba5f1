import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { BeatOptions } from './beat-factory.js';

/** What `CeleryBeatModule.forRoot` takes: how beat runs, and for which app. */
export interface BeatModuleOptions extends BeatOptions {
  /** Whose schedules it runs. @default 'default' */
  app?: string;
}

export const { ConfigurableModuleClass: ConfigurableBeatModule, MODULE_OPTIONS_TOKEN: BEAT_MODULE_OPTIONS } =
  new ConfigurableModuleBuilder<BeatModuleOptions>().setClassMethodName('forRoot').build();
