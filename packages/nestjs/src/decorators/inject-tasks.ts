import { Inject } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { getCeleryToken, getTasksToken } from '../tokens.js';

/**
 * Injects the tasks of a class, typed: `@InjectTasks(ReportTasks) private readonly reports: Tasks<ReportTasks>`.
 * The module imports `CeleryModule.forFeature([ReportTasks])`; the class is never instantiated for it.
 */
export function InjectTasks(host: Type, app?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getTasksToken(host, app));
}

/** Injects the `Celery` of a named app. */
export function InjectCelery(app?: string): PropertyDecorator & ParameterDecorator {
  return Inject(getCeleryToken(app));
}
