import { testGlobals } from '../test-globals.js';
import { describeForgetting } from './forgetting.js';
import { describeLifeCycle } from './life-cycle.js';
import { describeOverwriting } from './overwriting.js';
import { describeSideStores } from './side-stores.js';
import { describeStoring } from './storing.js';
import { ResultBackendSuite, type MakeResultBackend } from './suite.js';
import { describeWaiting } from './waiting.js';

/** What every result backend promises, whatever it stores in. Call it at the top level of a spec. */
export function describeResultBackend(name: string, makeBackend: MakeResultBackend): void {
  const { describe } = testGlobals();
  const suite = new ResultBackendSuite(makeBackend);
  describe(`${name} as a result backend`, () => {
    suite.closeAfterEach();
    describe('stores and finds', () => describeStoring(suite));
    describe('overwrites', () => describeOverwriting(suite));
    describe('waits', () => describeWaiting(suite));
    describe('forgets', () => describeForgetting(suite));
    describe('keeps besides', () => describeSideStores(suite));
    describe('lives', () => describeLifeCycle(suite));
  });
}
