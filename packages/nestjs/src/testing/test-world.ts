import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { systemClock } from '@nestjs-celery/core';
import type { AdapterFactory, Broker, CeleryApp, ResultBackend, ScheduleDatabase } from '@nestjs-celery/core';
import { memoryBroker, memoryResultBackend, memorySchedules } from '@nestjs-celery/core/memory';
import { FakeClock } from '@nestjs-celery/core/testing';
import type { StandIns } from '../stand-ins.js';
import { Outbox } from './outbox.js';
import { TESTING_MODULE_OPTIONS } from './testing.module-definition.js';
import type { TestingModuleOptions } from './testing.module-definition.js';

/** The world of one test: brokers and results in memory that nobody else sees, a clock that stands still, and a list of what was sent. */
@Injectable()
export class TestWorld implements StandIns {
  readonly clock: FakeClock;
  readonly settings = {
    /** It would look at the clock all the time, to see how the real one goes. */
    workerLoopLagWarning: 0,
    beatScheduler: 'memory',
  } as const;
  readonly outbox = new Outbox();
  readonly apps = new Map<string, CeleryApp>();
  readonly #id = randomUUID();
  readonly #addresses: unknown[] = [];
  #schedules = 0;

  constructor(@Optional() @Inject(TESTING_MODULE_OPTIONS) { now = systemClock.now() }: TestingModuleOptions = {}) {
    this.clock = new FakeClock(now);
  }

  readonly broker: AdapterFactory<Broker> = (deps) => memoryBroker(this.#memory(deps.config.broker))(deps);

  readonly resultBackend: AdapterFactory<ResultBackend> = (deps) =>
    memoryResultBackend(this.#memory(deps.config.resultBackend))(deps);

  /** Each app has its own. */
  readonly schedules: AdapterFactory<ScheduleDatabase> = (deps) =>
    memorySchedules(`memory://test-${this.#id}-schedules-${++this.#schedules}`)(deps);

  adopt(app: CeleryApp, name: string): void {
    this.apps.set(name, app);
    this.outbox.watch(app, name);
  }

  /** Apps that name the same server meet, as they do outside. */
  #memory(address: unknown): string {
    const known = this.#addresses.indexOf(address);
    const number = known < 0 ? this.#addresses.push(address) - 1 : known;
    return `memory://test-${this.#id}-${number}`;
  }
}
