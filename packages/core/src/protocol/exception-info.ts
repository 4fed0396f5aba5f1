/** An exception as Celery stores and sends it. The keys are the wire's. */
export interface ExceptionInfo {
  exc_type: string;
  /** Constructor arguments: a list from Celery 4 on, a bare value from elsewhere. */
  exc_message: unknown;
  exc_module: string | null;
}
