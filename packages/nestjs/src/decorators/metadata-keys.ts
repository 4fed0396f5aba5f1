/** Metadata keys by name, so that two copies of the package read each other's decorators. */
export const SHARED_TASK = 'nestjs-celery:shared-task';
export const PERIODIC = 'nestjs-celery:periodic';
export const TASK_HOST = 'nestjs-celery:task-host';
export const TASK_PARAMS = 'nestjs-celery:task-params';
export const TASK_HOOKS = 'nestjs-celery:task-hooks';
export const TASK_SIGNALS = 'nestjs-celery:task-signals';
