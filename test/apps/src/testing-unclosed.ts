import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Celery, CeleryModule, SharedTask } from 'nestjs-celery';
import { CeleryTesting, CeleryTestingModule } from 'nestjs-celery/testing';

@Injectable()
class UnclosedTasks {
  @SharedTask({ name: 'unclosed.say', softTimeLimit: 60 })
  say(word: string): void {
    console.log(word);
  }
}

/** A test that forgets to close: whether the process ends says what is left open. */
@Module({
  imports: [
    CeleryModule.forRoot({ broker: 'amqp://127.0.0.1:1//', resultBackend: 'postgres://127.0.0.1:1/none' }),
    CeleryModule.forFeature([UnclosedTasks]),
    CeleryTestingModule.forRoot({ beat: true }),
  ],
  providers: [UnclosedTasks],
})
class UnclosedModule {}

const app = await NestFactory.createApplicationContext(UnclosedModule, { logger: ['error'] });
const tasks = app.get(Celery).tasks(UnclosedTasks);
const celery = app.get(CeleryTesting);
await tasks.say.delay('due');
await celery.idle();
await tasks.say.applyAsync(['in an hour'], { countdown: 3600 });
await tasks.say.applyAsync(['never'], { countdown: 7200 });
await celery.advance('1h');
