import type { CeleryApp } from '../app/celery-app.js';
import type { CompiledConfig } from '../app/compiled-config.js';
import { revocationLimits } from '../app/revocation-limits.js';
import { outsideTasks } from '../app/task-context.js';
import { isQuorum } from '../app/task-queue.js';
import type { TaskQueue } from '../app/topology.js';
import type { Pool } from '../contracts/pool.js';
import { Autoscaler, checkAutoscale } from './autoscaler.js';
import { Consumer } from './consumer.js';
import type { ReconnectRules } from './consumer.js';
import { declareDelayedDelivery } from './delayed-delivery.js';
import { Dispatcher } from './dispatcher.js';
import type { MainFile } from './pools/child-launcher.js';
import { createPool } from './pools/create-pool.js';
import { PoisonGuard } from './poison-guard.js';
import { Qos } from './qos.js';
import type { QosOptions } from './qos.js';
import { keepRevocations, RemoteControl } from './remote-control.js';
import { ResultRecorder } from './result-recorder.js';
import type { RevocationKeeper } from './revocation-keeper.js';
import { Revocations } from './revocations.js';
import type { RunnableTask } from './runnable-task.js';
import { Settler } from './settle.js';
import { Shutdown } from './shutdown.js';
import { LocalTaskRunner } from './task-runner.js';
import type { WorkerLog } from './worker-log.js';
import type { WorkerOptions } from './worker-options.js';

/** What the parts of a worker are made from. */
export interface WorkerPlan {
  readonly app: CeleryApp;
  readonly hostname: string;
  readonly tasks: ReadonlyMap<string, RunnableTask>;
  readonly queues: readonly TaskQueue[];
  readonly options: WorkerOptions;
  readonly log: WorkerLog;
  readonly main: MainFile | undefined;
  onFailed(error: Error): void;
}

/** The parts that live as long as the worker. */
export interface WorkerParts {
  readonly pool: Pool;
  readonly revocations: RevocationKeeper;
  readonly consumer: Consumer;
  readonly remoteControl: RemoteControl;
  readonly shutdown: Shutdown;
  readonly autoscaler: Autoscaler | undefined;
}

/** Puts a worker together; nothing runs yet. @throws ImproperlyConfigured for an unknown pool or bounds that are none */
export function assembleWorker(plan: WorkerPlan): WorkerParts {
  const { app, hostname, options, log, tasks } = plan;
  const runner = new LocalTaskRunner(tasks, { app, hostname });
  const pool = createPool({ ...plan, runner });
  const { revocations, keeper } = createRevocations(plan);
  const qos = new Qos(prefetch(pool, options, app.config));
  const dispatcher = createDispatcher(plan, { pool, qos, revocations });
  const autoscaler = createAutoscaler(plan, pool, dispatcher);
  const consumer = createConsumer(plan, { qos, dispatcher, autoscaler, keeper });
  const remoteControl = new RemoteControl({ app, hostname, tasks, dispatcher, revocations: keeper, log });
  const shutdown = new Shutdown({ app, hostname, pool, consumer, dispatcher, remoteControl, log });
  return { pool, revocations: keeper, consumer, remoteControl, shutdown, autoscaler };
}

function createRevocations({ app, hostname, options, log }: WorkerPlan) {
  const limits = revocationLimits();
  const revocations = new Revocations(app.clock, limits);
  const path = options.stateDb ?? app.config.workerStateDb;
  return { revocations, keeper: keepRevocations({ app, revocations, limits, log }, { path, hostname }) };
}

interface Receiving {
  readonly pool: Pool;
  readonly qos: Qos;
  readonly revocations: Revocations;
}

function createDispatcher({ app, hostname, tasks, log }: WorkerPlan, parts: Receiving): Dispatcher {
  const results = new ResultRecorder(app, hostname);
  const poison = new PoisonGuard(app, log);
  const settler = new Settler({ app, hostname, tasks, results, poison, log });
  return new Dispatcher({ app, hostname, tasks, log, results, poison, settler, ...parts });
}

function createAutoscaler({ app, options, log }: WorkerPlan, pool: Pool, dispatcher: Dispatcher) {
  if (!options.autoscale) return undefined;
  const bounds = checkAutoscale(options.autoscale, 'autoscale');
  return new Autoscaler({ bounds, pool, clock: app.clock, log, demand: () => dispatcher.inHand });
}

interface Consuming {
  readonly qos: Qos;
  readonly dispatcher: Dispatcher;
  readonly autoscaler: Autoscaler | undefined;
  readonly keeper: RevocationKeeper;
}

function createConsumer(plan: WorkerPlan, { qos, dispatcher, autoscaler, keeper }: Consuming): Consumer {
  const { app, queues, log, onFailed } = plan;
  const { broker, clock, config } = app;
  return new Consumer({
    broker,
    queues,
    qos,
    quorumQueues: config.workerDetectQuorumQueues && queues.some(isQuorum),
    declareMore: () => declareDelayedDelivery(app, log),
    clock,
    log,
    retries: reconnectRules(config),
    onConnected: () => keeper.refresh(),
    // a broker in memory delivers within the task that published
    onDelivery: (delivery) =>
      outsideTasks(() => {
        dispatcher.receive(delivery);
        autoscaler?.look();
      }),
    onLost: () => dispatcher.lose(),
    onFailed,
  });
}

/** By default enough that no slot waits for the network; work for the CPU is Celery's four for each slot, the rest is left to other workers. */
function prefetch(pool: Pool, options: WorkerOptions, config: CompiledConfig): QosOptions {
  const multiplier = options.prefetchMultiplier ?? config.workerPrefetchMultiplier ?? (pool.isRemote ? 4 : null);
  return { slots: options.autoscale?.max ?? pool.size, multiplier };
}

function reconnectRules(config: CompiledConfig): ReconnectRules {
  const { brokerConnectionRetry: afterLoss, brokerConnectionRetryOnStartup, brokerConnectionMaxRetries: most } = config;
  return { most, onStartup: brokerConnectionRetryOnStartup ?? afterLoss, afterLoss };
}
