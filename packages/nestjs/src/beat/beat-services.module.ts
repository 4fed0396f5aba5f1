import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { BeatFactory } from './beat-factory.js';

/** What makes a beat, without one. */
@Module({ imports: [DiscoveryModule], providers: [TaskExplorer, BeatFactory], exports: [BeatFactory] })
export class BeatServicesModule {}
