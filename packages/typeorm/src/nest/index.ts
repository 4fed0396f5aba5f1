export { nestTypeormResults } from './nest-typeorm-results.js';
export type { NestTypeormResultsOptions } from './nest-typeorm-results.js';
export { nestTypeormSchedules } from './nest-typeorm-schedules.js';
export type { NestTypeormSchedulesOptions } from './nest-typeorm-schedules.js';
