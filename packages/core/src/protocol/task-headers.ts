import type { HeaderValue } from '../contracts/broker.js';
import { EncodeError } from '../errors/protocol-errors.js';
import { HeaderReader, taskLabel } from './header-reader.js';
import { argsRepr, kwargsRepr } from './python-repr.js';

/** The headers of a protocol-2 task message; the keys are the wire's. Python emits every one of them, null where empty. */
export interface TaskHeaders {
  /** The language of the sender: 'js' for ours. */
  lang: string;
  task: string;
  id: string;
  shadow: string | null;
  /** ISO 8601 with offset. */
  eta: string | null;
  expires: string | null;
  group: string | null;
  group_index: number | null;
  retries: number;
  /** `[hard, soft]` in seconds. */
  timelimit: [number | null, number | null];
  root_id: string | null;
  parent_id: string | null;
  argsrepr: string;
  kwargsrepr: string;
  origin: string | null;
  /** Undefined: the message does not say, the task's own option decides. */
  ignore_result: boolean | undefined;
  replaced_task_nesting: number;
  stamped_headers: string[] | null;
  stamps: Record<string, HeaderValue>;
  /** Added by beat for entries of the database. */
  periodic_task_name?: string | null;
}

/** Names that the protocol has taken: a sender cannot use them for headers of its own. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'lang task id shadow eta expires group group_index retries timelimit root_id parent_id argsrepr kwargsrepr origin ' +
    'ignore_result replaced_task_nesting stamped_headers stamps periodic_task_name compression meth'
  ).split(' '),
);

/** Whether the name is the protocol's, so that a sender cannot use it. */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name);
}

/** Added by RabbitMQ to a message that it moved or gave out again. Sent again they would look like a circle, and the broker would drop the message. */
const OF_THE_BROKER = /^x-(?:death$|first-death-|last-death-|delivery-count$|acquired-count$)/;

/** How many children a message has lost. Ours; Python hands custom headers on as they came. */
export const LOST_CHILDREN = 'x-celery-lost';

/** The headers without those that RabbitMQ added: what may be sent again. */
export function withoutBrokerHeaders<V>(headers: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BROKER.test(name)));
}

/** What the headers of a message say besides the protocol's: Celery's `request.headers`. Null when there are none. */
export function customHeadersOf(headers: Record<string, unknown>): Record<string, HeaderValue> | null {
  const names = Object.keys(headers).filter((name) => !RESERVED.has(name) && headers[name] !== undefined);
  if (names.length === 0) return null;
  return Object.fromEntries(names.map((name) => [name, headers[name] as HeaderValue]));
}

/**
 * The whole header table: the protocol's headers, then the sender's own without those that RabbitMQ added.
 * @throws EncodeError when the sender uses a name of the protocol, which Celery would let it overwrite.
 */
export function headerTable(
  headers: TaskHeaders,
  customHeaders: Record<string, HeaderValue> | null,
): Record<string, HeaderValue | undefined> {
  if (!customHeaders) return { ...headers };
  const custom = withoutBrokerHeaders(customHeaders);
  for (const name of Object.keys(custom)) {
    if (RESERVED.has(name)) {
      throw new EncodeError(
        `The header '${name}' of task '${headers.task}' belongs to Celery's protocol: give it another name.`,
      );
    }
  }
  return { ...headers, ...custom };
}

/** What a message says of its task where the headers do not. */
export interface HeaderContext {
  readonly args: readonly unknown[];
  readonly kwargs: Record<string, unknown>;
  /** Zone of dates without an offset. */
  readonly naive: string;
}

/** @throws InvalidTaskError naming the header that has a wrong type. Every header but task and id may be missing. */
export function readTaskHeaders(headers: Record<string, unknown>, { args, kwargs, naive }: HeaderContext): TaskHeaders {
  const read = new HeaderReader(headers, taskLabel(headers.task));
  return {
    lang: read.text('lang') ?? '',
    task: read.required('task'),
    id: read.required('id'),
    shadow: read.text('shadow'),
    eta: read.date('eta', naive),
    expires: read.date('expires', naive),
    group: read.text('group'),
    group_index: read.integer('group_index'),
    retries: read.integer('retries') ?? 0,
    timelimit: read.limits('timelimit'),
    root_id: read.text('root_id'),
    parent_id: read.text('parent_id'),
    argsrepr: read.text('argsrepr') ?? argsRepr(args),
    kwargsrepr: read.text('kwargsrepr') ?? kwargsRepr(kwargs),
    origin: read.text('origin'),
    ignore_result: read.boolean('ignore_result'),
    replaced_task_nesting: read.integer('replaced_task_nesting') ?? 0,
    stamped_headers: read.texts('stamped_headers'),
    stamps: read.table<HeaderValue>('stamps'),
    ...(headers.periodic_task_name === undefined ? {} : { periodic_task_name: read.text('periodic_task_name') }),
  };
}
