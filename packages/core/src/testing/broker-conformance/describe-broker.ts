import { testGlobals } from '../test-globals.js';
import { describeAnswering } from './answering.js';
import { describeCarrying } from './carrying.js';
import { describeDeclaring } from './declaring.js';
import { describeDelaying } from './delaying.js';
import { describeDelivering } from './delivering.js';
import { describeLifeCycle } from './life-cycle.js';
import { describeLookingIntoQueues } from './looking-into-queues.js';
import { describeRouting } from './routing.js';
import { describeSettling } from './settling.js';
import { describeSubscribing } from './subscribing.js';
import { BrokerSuite, type MakeBroker } from './suite.js';

/** What every broker promises, whatever carries the messages. Call it at the top level of a spec. */
export function describeBroker(name: string, makeBroker: MakeBroker): void {
  const { describe } = testGlobals();
  const suite = new BrokerSuite(makeBroker);
  describe(`${name} as a broker`, () => {
    suite.cleanUpAfterEach();
    describe('carries messages', () => describeCarrying(suite));
    describe('routes', () => describeRouting(suite));
    describe('answers each publish', () => describeAnswering(suite));
    describe('declares', () => describeDeclaring(suite));
    describe('delivers', () => {
      describeDelivering(suite);
      describeSubscribing(suite);
    });
    describe('delays', () => describeDelaying(suite));
    describe('settles', () => describeSettling(suite));
    describe('looks into queues', () => describeLookingIntoQueues(suite));
    describe('lives', () => describeLifeCycle(suite));
  });
}
