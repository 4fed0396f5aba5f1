import { ConfigurableModuleBuilder } from '@nestjs/common';
import { DEFAULT_APP, getBeatToken } from '../tokens.js';
import type { BeatOptions } from './beat-factory.js';

/** For which app it runs. `forRootAsync` takes it beside its factory, as the name of what it exports. */
export interface BeatModuleExtras {
  /** Whose schedules it runs. @default 'default' */
  app?: string;
}

/** What `CeleryBeatModule.forRoot` takes: how beat runs, and for which app. */
export interface BeatModuleOptions extends BeatOptions, BeatModuleExtras {}

/** The app of the very module that asks, and its beat. */
export const BEAT_APP = Symbol('nestjs-celery:beat-app');
export const OWN_BEAT = Symbol('nestjs-celery:own-beat');

export const { ConfigurableModuleClass: ConfigurableBeatModule, MODULE_OPTIONS_TOKEN: BEAT_MODULE_OPTIONS } =
  new ConfigurableModuleBuilder<BeatOptions>()
    .setClassMethodName('forRoot')
    .setExtras<BeatModuleExtras>({ app: DEFAULT_APP }, (definition, { app = DEFAULT_APP }) => ({
      ...definition,
      providers: [
        ...(definition.providers ?? []),
        { provide: BEAT_APP, useValue: app },
        { provide: getBeatToken(app), useExisting: OWN_BEAT },
      ],
      exports: [getBeatToken(app)],
    }))
    .build();
