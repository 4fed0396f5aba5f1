import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { CeleryModule } from 'nestjs-celery';
import { AppModule } from './app.module.js';
import { HomeController } from './home/home.controller.js';
import { PostTasks } from './posts/post.tasks.js';
import { PostsController } from './posts/posts.controller.js';
import { PostsModule } from './posts/posts.module.js';
import { ReportsController } from './reports/reports.controller.js';
import { ReportsModule } from './reports/reports.module.js';
import { TasksStatusController } from './tasks-status/tasks-status.controller.js';

/** Serves HTTP, and sends tasks: it knows the task classes by their types and never makes one. */
@Module({
  imports: [AppModule, PostsModule, ReportsModule, CeleryModule.forFeature([PostTasks])],
  controllers: [HomeController, PostsController, ReportsController, TasksStatusController],
  providers: [{ provide: APP_PIPE, useClass: StandardSchemaValidationPipe }],
})
export class WebModule {}
