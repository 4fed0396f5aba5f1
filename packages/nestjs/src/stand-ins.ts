import type {
  AdapterFactory,
  Broker,
  CeleryApp,
  Clock,
  CompiledConfig,
  ResultBackend,
  ScheduleDatabase,
} from '@nestjs-celery/core';

/**
 * What takes the place of the world outside, whatever the options of the apps say: the clock, and the adapters.
 * `CeleryTestingModule` provides it, and nobody else does.
 */
export interface StandIns {
  readonly clock: Clock;
  readonly broker: AdapterFactory<Broker>;
  /** Only for apps that have a result backend. */
  readonly resultBackend: AdapterFactory<ResultBackend>;
  /** Wherever `beatScheduler` keeps them. */
  readonly schedules: AdapterFactory<ScheduleDatabase>;
  /** Settings that the apps have, whatever they were given. */
  readonly settings: Partial<CompiledConfig>;
  /** Tells of each app when it is made, before anything is sent. */
  adopt(app: CeleryApp, name: string): void;
}

export const STAND_INS = Symbol.for('nestjs-celery:stand-ins');
