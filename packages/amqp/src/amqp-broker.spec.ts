import { adapterDeps, describeBroker } from '@nestjs-celery/core/testing';
import { amqpUrl } from '../../../test/support/servers.js';
import { amqp } from './index.js';

describeBroker('RabbitMQ', () => amqp(amqpUrl())(adapterDeps()));
