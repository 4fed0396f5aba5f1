import type { InjectionToken, Type } from '@nestjs/common';
import { Celery } from './celery.js';

/** The app of a `CeleryModule.forRoot` that was given no `name`. */
export const DEFAULT_APP = 'default';

/** The app of the very module that asks, whatever its name. */
export const OWN_APP = Symbol('nestjs-celery:own-app');

/** The schedule database of the very module that asks. */
export const OWN_SCHEDULES = Symbol('nestjs-celery:own-schedules');

/** Token of the `Celery` of an app; for the unnamed app it is the class itself. */
export function getCeleryToken(app = DEFAULT_APP): InjectionToken<Celery> {
  return app === DEFAULT_APP ? Celery : token('celery', app);
}

/** Token of an app's `CeleryApp`: the client of `@nestjs-celery/core`. */
export function getCeleryAppToken(app = DEFAULT_APP): symbol {
  return token('app', app);
}

/** Token of an app's `Broker`. */
export function getBrokerToken(app = DEFAULT_APP): symbol {
  return token('broker', app);
}

/** Token of an app's `ResultBackend`; its value is undefined when the app has none. */
export function getResultBackendToken(app = DEFAULT_APP): symbol {
  return token('result-backend', app);
}

/** Token of an app's `ScheduleDatabase`, which whoever uses it opens; its value is undefined when `beatScheduler` has no database. */
export function getScheduleDatabaseToken(app = DEFAULT_APP): symbol {
  return token('schedule-database', app);
}

/** Token of an app's `Clock`: all time that it sees. */
export function getClockToken(app = DEFAULT_APP): symbol {
  return token('clock', app);
}

/** Token of an app's `CompiledConfig`. */
export function getCeleryConfigToken(app = DEFAULT_APP): symbol {
  return token('config', app);
}

/** Token of whether an app's tasks run the global enhancers. */
export function getGlobalEnhancersToken(app = DEFAULT_APP): symbol {
  return token('global-enhancers', app);
}

/** Token of the beat that `CeleryBeatModule` runs for an app: an `AppBeat`. */
export function getBeatToken(app = DEFAULT_APP): symbol {
  return token('beat', app);
}

function token(what: string, app: string): symbol {
  return Symbol.for(`nestjs-celery:${what}:${app}`);
}

const TASKS_TOKENS = 'nestjs-celery:tasks-tokens';

/**
 * Token of the `Tasks<T>` of a class. It is kept with the class, so that two classes of one name have two tokens, and its
 * description tells whoever reads Nest's "can't resolve dependencies" what to import.
 */
export function getTasksToken(host: Type, app = DEFAULT_APP): symbol {
  const tokens = (Reflect.getOwnMetadata(TASKS_TOKENS, host) ?? new Map()) as Map<string, symbol>;
  const appOption = app === DEFAULT_APP ? '' : `, { app: '${app}' }`;
  const known =
    tokens.get(app) ?? Symbol(`Tasks<${host.name}>: import CeleryModule.forFeature([${host.name}]${appOption})`);
  Reflect.defineMetadata(TASKS_TOKENS, tokens.set(app, known), host);
  return known;
}
