import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CeleryModule } from 'nestjs-celery';
import { celeryConfig } from './config/celery.config.js';
import { databaseConfig } from './config/database.config.js';
import { openDatabase } from './database/open-database.js';

/** What web, worker and beat have in common. */
@Module({
  imports: [
    ConfigModule.forRoot(),
    TypeOrmModule.forRootAsync({ ...databaseConfig.asProvider(), dataSourceFactory: openDatabase }),
    CeleryModule.forRootAsync(celeryConfig.asProvider()),
  ],
})
export class AppModule {}
