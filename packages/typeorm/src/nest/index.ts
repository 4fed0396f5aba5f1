export { nestTypeormResults } from './nest-typeorm-results.js';
export type { NestTypeormResultsOptions } from './nest-typeorm-results.js';
