import { Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { celeryConfigFromEnv, CeleryModule } from 'nestjs-celery';
import { FaultsTasks } from './faults.tasks.js';

/** An application whose tasks write down what happens to them, for specs that end its process in every way. */
@Module({ imports: [CeleryModule.forRoot(celeryConfigFromEnv())], providers: [FaultsTasks] })
export class FaultsModule implements OnApplicationShutdown {
  /** FAULTS_HANG: an application that does not come to an end by itself. */
  async onApplicationShutdown(): Promise<void> {
    if (!process.env['FAULTS_HANG']) return;
    process.stderr.write('the application hangs\n');
    await new Promise(() => setInterval(() => {}, 60_000));
  }
}
