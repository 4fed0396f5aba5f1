import { parseArgs } from 'node:util';
import { isCeleryError } from '@nestjs-celery/core';
import { migrateResults, migrateSchedules } from '../migrate-tables.js';
import type { TypeormResultsOptions } from '../results-options.js';

const USAGE = `usage: nestjs-celery-migrate [database url, or DATABASE_URL] [--schema name] [--table-prefix text] [--task-id-max-length number]`;

/** `npx nestjs-celery-migrate postgres://…`: gives the exit code. */
export async function migrateCommand(argv: readonly string[], output: Pick<Console, 'log' | 'error'>): Promise<number> {
  try {
    const { help, ...options } = migrateArguments(argv);
    if (help) output.log(USAGE);
    else output.log(`The tables of results and schedules at ${await migrateAll(options)} are up to date.`);
    return 0;
  } catch (error) {
    const isExpected = isCeleryError(error) || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    output.error(isExpected ? `${(error as Error).message}\n${USAGE}` : String((error as Error).stack));
    return 1;
  }
}

async function migrateAll(options: Omit<TypeormResultsOptions, 'migrate'>): Promise<string> {
  await migrateResults(options);
  return migrateSchedules(options);
}

function migrateArguments(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      schema: { type: 'string' },
      'table-prefix': { type: 'string' },
      'task-id-max-length': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { schema, 'table-prefix': tablePrefix, 'task-id-max-length': length, help } = values;
  return {
    help,
    ...(positionals[0] !== undefined && { url: positionals[0] }),
    ...(schema !== undefined && { schema }),
    ...(tablePrefix !== undefined && { tablePrefix }),
    ...(length !== undefined && { taskIdMaxLength: Number(length) }),
  };
}
