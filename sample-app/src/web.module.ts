import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_PIPE } from '@nestjs/core';
import { CeleryModule } from 'nestjs-celery';
import { PeriodicTasksModule } from 'nestjs-celery/periodic-tasks';
import { AppModule } from './app.module.js';
import { adminConfig } from './config/admin.config.js';
import { HomeController } from './home/home.controller.js';
import { AdminGuard } from './periodic-tasks/admin.guard.js';
import { PostTasks } from './posts/post.tasks.js';
import { PostsController } from './posts/posts.controller.js';
import { PostsModule } from './posts/posts.module.js';
import { ReportsController } from './reports/reports.controller.js';
import { ReportsModule } from './reports/reports.module.js';
import { TasksStatusController } from './tasks-status/tasks-status.controller.js';

/** Serves HTTP, and sends tasks: it knows the task classes by their types and never makes one. Schedules are edited here, and run by beat. */
@Module({
  imports: [
    AppModule,
    PostsModule,
    ReportsModule,
    CeleryModule.forFeature([PostTasks]),
    PeriodicTasksModule.forRoot({ guards: [AdminGuard], imports: [ConfigModule.forFeature(adminConfig)] }),
  ],
  controllers: [HomeController, PostsController, ReportsController, TasksStatusController],
  providers: [{ provide: APP_PIPE, useClass: StandardSchemaValidationPipe }],
})
export class WebModule {}
