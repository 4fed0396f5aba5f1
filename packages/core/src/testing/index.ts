/** For tests of adapters and of applications. Needs a framework with `describe` and `it` as globals; depends on none. */
export { adapterDeps } from './adapter-deps.js';
export { describeBroker } from './broker-conformance/describe-broker.js';
export type { MakeBroker } from './broker-conformance/suite.js';
export { FakeClock } from './fake-clock.js';
export { describeResultBackend } from './result-backend-conformance/describe-result-backend.js';
export type { MakeResultBackend } from './result-backend-conformance/suite.js';
export { describeScheduleDatabase } from './schedule-database-conformance/describe-schedule-database.js';
export type { MakeScheduleDatabase } from './schedule-database-conformance/suite.js';
export { waitUntil } from './wait-until.js';
export type { WaitUntilOptions } from './wait-until.js';
