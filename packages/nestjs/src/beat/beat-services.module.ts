import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ScheduleOwners } from '../discovery/schedule-owners.js';
import { TaskExplorer } from '../discovery/task-explorer.js';
import { BeatFactory } from './beat-factory.js';

/** What makes a beat, without one. */
@Module({ imports: [DiscoveryModule], providers: [TaskExplorer, ScheduleOwners, BeatFactory], exports: [BeatFactory] })
export class BeatServicesModule {}
