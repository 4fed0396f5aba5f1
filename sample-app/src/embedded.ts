import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { EMBEDDED_DATABASE } from './config/database.config.js';
import { EmbeddedModule } from './embedded.module.js';
import { serve } from './serve.js';

// Whatever the environment says: this entry is the one that needs no server.
process.env.BROKER_URL = 'memory://';
process.env.DATABASE_URL = EMBEDDED_DATABASE;
const adminToken = (process.env.ADMIN_TOKEN ||= randomUUID());

const url = await serve(EmbeddedModule);

console.log(`
  Reports by mail is at ${url}

  Open it, or try this in another terminal:

    curl -sw '\\n' ${url}/posts -H 'content-type: application/json' -d '{"title":"Hello","body":"A first post"}'
    curl -sw '\\n' ${url}/posts/1
    task=$(curl -s ${url}/reports -H 'content-type: application/json' \\
      -d '{"from":"2020-01-01","to":"2099-12-31","email":"you@example.org"}' | grep -o '/tasks/[^"]*')
    sleep 1; curl -sw '\\n' ${url}$task
    ls ${process.env.OUTBOX ?? 'outbox'}
    curl -sw '\\n' ${url}/periodic-tasks -H 'authorization: Bearer ${adminToken}'

  Web, worker and beat share this process, with a broker in memory and an embedded PostgreSQL:
  nothing is kept when it ends. Ctrl-C ends it.
`);
