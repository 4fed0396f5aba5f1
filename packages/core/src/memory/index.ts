/** Brokers, results and schedules in this process's memory: `memory://`. */
export { memoryBroker } from './memory-broker.js';
export { memoryResultBackend } from './memory-result-backend.js';
export { MemoryScheduleDatabase, memorySchedules } from './memory-schedule-database.js';
