/** Brokers and results in this process's memory: `memory://`. */
export { memoryBroker } from './memory-broker.js';
export { memoryResultBackend } from './memory-result-backend.js';
