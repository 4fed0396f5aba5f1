import 'reflect-metadata';
import { runBeat } from 'nestjs-celery/beat';
import { BenchModule } from './bench.module.js';
import { say } from './say.js';

await runBeat(BenchModule);
say({ ready: Date.now() });
