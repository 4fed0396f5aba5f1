import { ImproperlyConfigured } from '@nestjs-celery/core';

/** django-celery-results' tables begin with this; Django offers no other name. */
export const DJANGO_PREFIX = 'django_celery_results_';
/** And our own, beside Django's, with this. */
export const SIDE_PREFIX = 'nestjs_celery_';

/** Names of the tables, quoted and with their schema, ready to stand in SQL. */
export interface ResultTables {
  /** Undefined: where the connection's `search_path` leads. */
  readonly schema: string | undefined;
  readonly prefix: string;
  readonly taskIdMaxLength: number;
  readonly taskResult: string;
  readonly groupResult: string;
  readonly chordCounter: string;
  /** Beginning of the names of the tables that are ours alone. */
  readonly sidePrefix: string;
  readonly revocations: string;
  readonly attempts: string;
  readonly calls: string;
  readonly reruns: string;
  readonly once: string;
  /** Where TypeORM remembers which of our migrations ran; without the schema, unquoted. */
  readonly migrationsName: string;
  readonly migrations: string;
}

/** Where the tables of the results are, and what they are called. */
export interface ResultTableOptions {
  /** The schema of the tables. @default that of the DataSource, else the first of the connection's `search_path` */
  schema?: string;
  /**
   * Beginning of the tables' names. Django reads only the default, with which the tables that are ours alone begin with `nestjs_celery_`.
   * @default 'django_celery_results_'
   */
  tablePrefix?: string;
  /** Length of task ids and names in tables that we make: Django's `DJANGO_CELERY_RESULTS_TASK_ID_MAX_LENGTH`. @default 255 */
  taskIdMaxLength?: number;
}

/** The options alone, of those that stand with others. @throws ImproperlyConfigured as `resultTables` */
export function tableOptions({ schema, tablePrefix, taskIdMaxLength }: ResultTableOptions): ResultTableOptions {
  const options = {
    ...(schema !== undefined && { schema }),
    ...(tablePrefix !== undefined && { tablePrefix }),
    ...(taskIdMaxLength !== undefined && { taskIdMaxLength }),
  };
  resultTables(options); // refuses now what would fail with the first statement
  return options;
}

/** @throws ImproperlyConfigured for a prefix or length that PostgreSQL cannot take. */
export function resultTables(options: ResultTableOptions = {}): ResultTables {
  const { schema, tablePrefix: prefix = DJANGO_PREFIX, taskIdMaxLength = 255 } = options;
  checkPrefix(prefix);
  if (!Number.isInteger(taskIdMaxLength) || taskIdMaxLength < 1 || taskIdMaxLength > 10_485_760) {
    throw new ImproperlyConfigured(`taskIdMaxLength ${taskIdMaxLength} is no length: use a whole number such as 255.`);
  }
  const name = (table: string): string => qualified(schema, table);
  const sidePrefix = prefix === DJANGO_PREFIX ? SIDE_PREFIX : prefix;
  const migrationsName = `${sidePrefix}migrations`;
  return {
    schema,
    prefix,
    taskIdMaxLength,
    taskResult: name(`${prefix}taskresult`),
    groupResult: name(`${prefix}groupresult`),
    chordCounter: name(`${prefix}chordcounter`),
    sidePrefix,
    revocations: name(`${sidePrefix}revocations`),
    attempts: name(`${sidePrefix}attempts`),
    calls: name(`${sidePrefix}calls`),
    reruns: name(`${sidePrefix}reruns`),
    once: name(`${sidePrefix}once`),
    migrationsName,
    migrations: name(migrationsName),
  };
}

/** @throws ImproperlyConfigured */
export function checkPrefix(prefix: string): void {
  if (/^[a-z_][a-z0-9_]{0,30}$/.test(prefix)) return;
  throw new ImproperlyConfigured(
    `tablePrefix '${prefix}' cannot begin a table's name: use 1 to 31 small letters, digits and underscores.`,
  );
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** With its schema, where one is named. */
export function qualified(schema: string | undefined, table: string): string {
  return schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`;
}
