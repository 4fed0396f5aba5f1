import { testGlobals } from '../test-globals.js';
import { describeClaiming } from './claiming.js';
import { describeForgetting } from './forgetting.js';
import { describeFinding } from './finding.js';
import { describeLeasing } from './leasing.js';
import { describeLifeCycle } from './life-cycle.js';
import { describeListing } from './listing.js';
import { describeRemembering } from './remembering.js';
import { describeSaving } from './saving.js';
import { describeSettling } from './settling.js';
import { describeSharing } from './sharing.js';
import { ScheduleDatabaseSuite, type MakeScheduleDatabase } from './suite.js';
import { describeWatching } from './watching.js';

/** What every database of schedules promises, whatever it stores in. Call it at the top level of a spec. */
export function describeScheduleDatabase(name: string, makeDatabase: MakeScheduleDatabase): void {
  const { describe } = testGlobals();
  const suite = new ScheduleDatabaseSuite(makeDatabase);
  describe(`${name} as a database of schedules`, () => {
    suite.closeAfterEach();
    describe('saves', () => describeSaving(suite));
    describe('shares', () => describeSharing(suite));
    describe('finds', () => describeFinding(suite));
    describe('lists', () => describeListing(suite));
    describe('claims', () => describeClaiming(suite));
    describe('settles', () => describeSettling(suite));
    describe('remembers', () => describeRemembering(suite));
    describe('forgets', () => describeForgetting(suite));
    describe('leases', () => describeLeasing(suite));
    describe('watches', () => describeWatching(suite));
    describe('lives', () => describeLifeCycle(suite));
  });
}
