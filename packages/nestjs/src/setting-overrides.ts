import type { CompiledConfig } from '@nestjs-celery/core';

/** What the command line of a process says over the settings of one of its apps. `runBeat` and `runWorker` provide it. */
export interface SettingOverrides {
  readonly app: string;
  readonly settings: Partial<CompiledConfig>;
}

export const SETTING_OVERRIDES = Symbol.for('nestjs-celery:setting-overrides');
