/**
 * Celery without Nest, and what adapters are written against:
 *
 *     const config = compileConfig({ broker: 'memory://', taskRoutes: { 'mail.*': 'mail' } });
 *     const app = new CeleryApp({ config, broker, backend });
 *     await app.sendTask('proj.tasks.add', [2, 3]);
 */

// app: the client
export type { AddedPeriodicTask, AddPeriodicTaskOptions } from './app/added-periodic-tasks.js';
export { AsyncResult } from './app/async-result.js';
export type { GetOptions, RevokeTaskOptions } from './app/async-result.js';
export { beatScheduler } from './app/beat-scheduler.js';
export type { BeatScheduler } from './app/beat-scheduler.js';
export { BeatLazyFunc } from './app/beat-lazy-func.js';
export { ObservableBrokerStatus } from './app/broker-status.js';
export { CeleryApp } from './app/celery-app.js';
export { checkTaskOptions } from './app/check-task-options.js';
export type { CeleryAppDeps } from './app/celery-app.js';
export { LOG_LEVEL_NAMES, onlyGiven, oneOf, parseFlags, wholeNumber } from './app/command-line.js';
export { Control } from './app/control.js';
export type { BroadcastOptions } from './app/broadcaster.js';
export type { NewTimeLimits, RevokeOptions } from './app/control.js';
export type { ControlReply } from './protocol/control-message.js';
export { EagerResult } from './app/eager-result.js';
export type { EagerRun, EagerTasks } from './app/eager-tasks.js';
export { compileConfig } from './app/compiled-config.js';
export type { CompiledConfig } from './app/compiled-config.js';
export { celeryConfigFromEnv } from './app/config-from-env.js';
export type {
  BeatScheduleEntry,
  CeleryOptions,
  QueueOptions,
  RetryPolicy,
  RouteFunction,
  RouteMap,
  RouteOptions,
  RoutePair,
  Router,
  TaskAnnotations,
  TaskAnnotator,
} from './app/config.js';
export { RERUN_OF } from './app/rerun.js';
export type { RerunOptions } from './app/rerun.js';
export { currentTask } from './app/task-context.js';
export type { TaskContext } from './app/task-context.js';
export { validateArguments } from './app/argument-schema.js';
export { ResultWaiters } from './app/result-waiters.js';
export { Signals } from './app/signals.js';
export type {
  CelerySignals,
  PublishSignal,
  RequestInfo,
  SignalName,
  SignalPayload,
  SignalReceiver,
} from './app/signals.js';
export type { TaskHooks } from './app/task-hooks.js';
export type {
  ApplyAsyncOptions,
  ApplyOptions,
  ErrorClass,
  RedactedCall,
  RetryOptions,
  StandardIssue,
  StandardSchema,
  TaskOptions,
} from './app/task-options.js';
export { TaskRegistry } from './app/task-registry.js';
export type { TaskDefinition, TaskHandler } from './app/task-registry.js';
export { systemClock } from './time/system-clock.js';
export { VERSION } from './version.js';

// schedules: the types; their makers are in /schedules
export type {
  DstPolicy,
  DueState,
  IsDueOptions,
  Schedule,
  ScheduleDefaults,
  ScheduleInput,
} from './schedules/schedule.js';

// contracts: the seams
export type { AdapterDeps, AdapterFactory } from './app/adapter.js';
export type {
  BindingDeclaration,
  Broker,
  BrokerState,
  BrokerStatus,
  ConsumeOptions,
  DeclareArguments,
  Delivery,
  ExchangeBinding,
  ExchangeDeclaration,
  ExchangeType,
  Headers,
  HeaderValue,
  MessageProperties,
  OpenSessionOptions,
  OutgoingMessage,
  PublishOptions,
  QueueAdmin,
  QueueDeclaration,
  QueueDepth,
  ReceivedMessage,
  Route,
  Session,
  SessionHandlers,
  Topology,
} from './contracts/broker.js';
export type { Cancel, Clock } from './contracts/clock.js';
export { silentLogger } from './contracts/logger.js';
export type { Logger } from './contracts/logger.js';
export type { DeliveryInfo, Outcome, RetryPlan, TimeLimits } from './contracts/pool.js';
export { DEFAULT_POLICY } from './contracts/periodic-tasks.js';
export { CODE_MEMORY_DAYS, FIRST_DATE, LAST_DATE, MAX_RUN_COUNT } from './contracts/schedule-limits.js';
export type {
  Claim,
  ClockedRow,
  CrontabRow,
  IntervalRow,
  LeaseStore,
  PeriodicRun,
  PeriodicTaskChange,
  PeriodicTaskFields,
  PeriodicTaskQuery,
  PeriodicTaskRow,
  PeriodicTaskStore,
  RunStatus,
  RunStore,
  ScheduleDatabase,
  ScheduleEdit,
  SchedulePolicy,
  ScheduleRow,
  ScheduleState,
  SettledRun,
  SolarRow,
} from './contracts/periodic-tasks.js';
export type { ReplyAddress, ResultBackend } from './contracts/result-backend.js';
export type {
  AttemptStore,
  CallStore,
  OnceStore,
  RerunLink,
  RerunLinks,
  RevocationStore,
  StoredCall,
} from './contracts/side-stores.js';
export type { Service } from './contracts/service.js';

// errors
export {
  BackendDisabled,
  BackendGetMetaError,
  BackendStoreError,
  BackendUnavailable,
} from './errors/backend-errors.js';
export {
  AccessRefused,
  BrokerUnavailable,
  MessageNacked,
  MessageReturned,
  NotFound,
  OperationalError,
  PreconditionFailed,
  PublishTimeout,
} from './errors/broker-errors.js';
export { CeleryError, hasCode, isCeleryError } from './errors/celery-error.js';
export { AlreadyRegistered, ImproperlyConfigured, NotRegistered, QueueNotFound } from './errors/config-errors.js';
export {
  ContentDisallowed,
  DecodeError,
  EncodeError,
  UnencodableValue,
  UnreadableLiteral,
  UnknownMessage,
} from './errors/protocol-errors.js';
export type { ValuePath } from './errors/protocol-errors.js';
export { RemoteError, RemoteTraceback } from './errors/remote-error.js';
export type { RemoteException } from './errors/remote-error.js';
export { RerunRefused } from './errors/rerun-errors.js';
export {
  DuplicateName,
  InvalidPeriodicTask,
  InvalidSchedule,
  LeaseLost,
  PeriodicTaskNotFound,
} from './errors/schedule-errors.js';
export {
  Ignore,
  InvalidArguments,
  InvalidTaskError,
  MaxRetriesExceededError,
  Reject,
  Retry,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError,
} from './errors/task-errors.js';

// protocol
export { acceptSet, ContentRegistry } from './protocol/content.js';
export type { DecodeOptions, EncodedContent, ReceivedContent } from './protocol/content.js';
export { ExceptionRegistry, fromExceptionInfo, toExceptionInfo } from './protocol/exception-info.js';
export type { ExceptionInfo, PythonException } from './protocol/exception-info.js';
export { formatIso, parseIso } from './protocol/iso-date.js';
export { decodeJson, encodeJson } from './protocol/json.js';
export { readPythonLiteral } from './protocol/python-literal-reader.js';
export type { LiteralOptions } from './protocol/python-literal-reader.js';
export { argsRepr, kwargsRepr, pythonRepr } from './protocol/python-repr.js';
export { Decimal, PlainDate, PlainTime, PythonDateTime, Uuid } from './protocol/python-values.js';
export type { ExtendedMeta, ResultTuple, TaskMeta } from './protocol/result-meta.js';
export type { DecodeLimits, Serializer } from './protocol/serializer.js';
export { parseSignature } from './protocol/signature-json.js';
export type { SignatureJson } from './protocol/signature-json.js';
export { EXCEPTION_STATES, precedence, PROPAGATE_STATES, READY_STATES } from './protocol/states.js';
export type { BuiltInState, State } from './protocol/states.js';
export type { TaskHeaders } from './protocol/task-headers.js';
export { decodeTaskMessage, encodeTaskMessage, peekTask } from './protocol/task-message.js';
export type { DecodeMessageOptions, Embed, EncodeMessageOptions, TaskMessage } from './protocol/task-message.js';
