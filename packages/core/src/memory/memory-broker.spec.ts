import { randomUUID } from 'node:crypto';
import { adapterDeps, describeBroker } from '../testing/index.js';
import { memoryBroker } from './memory-broker.js';

const name = randomUUID();

describeBroker('memory://', () => memoryBroker(`memory://${name}`)(adapterDeps()));
