import type { HeaderValue } from '../contracts/broker.js';

/** The headers of a protocol-2 task message; the keys are the wire's. Python emits every one of them, null where empty. */
export interface TaskHeaders {
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
