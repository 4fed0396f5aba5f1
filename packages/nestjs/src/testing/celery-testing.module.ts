import { Global, Module } from '@nestjs/common';
import { BeatServicesModule } from '../beat/beat-services.module.js';
import { STAND_INS } from '../stand-ins.js';
import { WorkerServicesModule } from '../worker/worker-services.module.js';
import { CeleryTesting } from './celery-testing.js';
import { TestWorld } from './test-world.js';
import { ConfigurableTestingModule } from './testing.module-definition.js';

/**
 * Beside the module under test it puts memory in the place of every broker and result backend, and a clock that stands still in the place
 * of time: `Test.createTestingModule({ imports: [AppModule, CeleryTestingModule] })`. No server is contacted, whatever the options say.
 */
@Global()
@Module({
  imports: [WorkerServicesModule, BeatServicesModule],
  providers: [TestWorld, { provide: STAND_INS, useExisting: TestWorld }, CeleryTesting],
  exports: [STAND_INS, CeleryTesting],
})
export class CeleryTestingModule extends ConfigurableTestingModule {}
