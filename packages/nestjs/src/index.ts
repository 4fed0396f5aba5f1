/**
 * Celery for NestJS: what an application imports to declare tasks and to send them. Loads neither worker nor beat.
 *
 *     @Module({
 *       imports: [
 *         CeleryModule.forRoot({ broker: 'amqp://guest:guest@localhost:5672//', resultBackend: 'postgres://localhost/app' }),
 *         CeleryModule.forFeature([ReportTasks]),
 *       ],
 *       providers: [ReportTasks, ReportService],
 *     })
 *     export class AppModule {}
 *
 *     @Injectable()
 *     export class ReportTasks {
 *       @SharedTask('reports.send')
 *       async send(to: string): Promise<number> { … }
 *     }
 *
 *     @Injectable()
 *     export class ReportService {
 *       constructor(@InjectTasks(ReportTasks) private readonly reports: Tasks<ReportTasks>) {}
 *
 *       async order() {
 *         const result = await this.reports.send.delay('a@b.c'); // AsyncResult<number>
 *         return result.get({ timeout: 10 });
 *       }
 *     }
 */

// module and client
export { Celery } from './celery.js';
export { CeleryModule } from './celery.module.js';
export type { CeleryModuleExtras } from './celery.module-definition.js';
export {
  getBrokerToken,
  getCeleryAppToken,
  getCeleryConfigToken,
  getCeleryToken,
  getClockToken,
  getResultBackendToken,
  getScheduleDatabaseToken,
  getTasksToken,
} from './tokens.js';
export type { CallArguments, Injected, Task, TaskResult, Tasks } from './task-types.js';

// decorators
export { InjectCelery, InjectTasks } from './decorators/inject-tasks.js';
export { OnTaskSignal } from './decorators/on-task-signal.js';
export type { OnTaskSignalOptions } from './decorators/on-task-signal.js';
export { Periodic } from './decorators/periodic.js';
export type { PeriodicOptions } from './decorators/periodic.js';
export { SharedTask } from './decorators/shared-task.js';
export type { SharedTaskOptions } from './decorators/shared-task.js';
export { AfterReturn, BeforeStart, OnFailure, OnRetry, OnSuccess } from './decorators/task-hooks.js';
export { TaskHost } from './decorators/task-host.js';
export { Ctx, Kwarg, Kwargs } from './decorators/task-params.js';

// schedules
export { BaseSchedule, clocked, cron, crontab, interval, solar } from '@nestjs-celery/core/schedules';
export type {
  CronOptions,
  CrontabOptions,
  DstPolicy,
  IntervalOptions,
  Schedule,
  ScheduleInput,
  SolarEvent,
} from '@nestjs-celery/core/schedules';

// core: settings, results, the running task
export { AsyncResult, BeatLazyFunc, celeryConfigFromEnv, currentTask, EagerResult } from '@nestjs-celery/core';
export type {
  AdapterFactory,
  AddPeriodicTaskOptions,
  ApplyAsyncOptions,
  ApplyOptions,
  BeatScheduleEntry,
  BroadcastOptions,
  Broker,
  BuiltInState,
  CeleryApp,
  CeleryOptions,
  Clock,
  CelerySignals,
  CompiledConfig,
  ContentRegistry,
  Control,
  ControlReply,
  DeliveryInfo,
  ExceptionRegistry,
  GetOptions,
  NewTimeLimits,
  PublishSignal,
  QueueOptions,
  RequestInfo,
  RedactedCall,
  RerunLinks,
  RerunOptions,
  ResultBackend,
  RetryOptions,
  RetryPolicy,
  RevokeOptions,
  RevokeTaskOptions,
  RouteFunction,
  RouteMap,
  RouteOptions,
  Router,
  ScheduleDatabase,
  SchedulePolicy,
  Serializer,
  SignalName,
  SignalPayload,
  SignalReceiver,
  Signals,
  StandardSchema,
  State,
  TaskAnnotations,
  TaskContext,
  TaskHooks,
  TaskOptions,
  TimeLimits,
} from '@nestjs-celery/core';

// core: values of Python that JavaScript has no type for
export { Decimal, PlainDate, PlainTime, PythonDateTime, Uuid } from '@nestjs-celery/core';

// core: errors
export {
  AccessRefused,
  AlreadyRegistered,
  BackendDisabled,
  BackendGetMetaError,
  BackendStoreError,
  BackendUnavailable,
  BrokerUnavailable,
  CeleryError,
  ContentDisallowed,
  DecodeError,
  EncodeError,
  hasCode,
  Ignore,
  ImproperlyConfigured,
  InvalidArguments,
  InvalidTaskError,
  isCeleryError,
  MaxRetriesExceededError,
  MessageNacked,
  MessageReturned,
  NotFound,
  NotRegistered,
  OperationalError,
  PreconditionFailed,
  PublishTimeout,
  QueueNotFound,
  Reject,
  RemoteError,
  RemoteTraceback,
  RerunRefused,
  Retry,
  SoftTimeLimitExceeded,
  TaskRevokedError,
  TimeLimitExceeded,
  TimeoutError,
  WorkerLostError,
  UnknownMessage,
} from '@nestjs-celery/core';
