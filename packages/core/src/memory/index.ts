/** Brokers and results in this process's memory: `memory://`. */
export { memoryResultBackend } from './memory-result-backend.js';
