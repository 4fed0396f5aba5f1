import { hostname } from 'node:os';

/** The name of a process that is no worker, as the origin of what it sends: `gen<pid>@<host>`. Celery's `anon_nodename`. */
export const anonymousNodeName = (): string => `gen${process.pid}@${hostname()}`;
