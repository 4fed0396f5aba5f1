import assert from 'node:assert/strict';
import type { ResultBackend } from '../../contracts/result-backend.js';
import type { TaskMeta } from '../../protocol/result-meta.js';

const PATIENCE_MS = 25_000;

/** The meta of an id that must have one. */
export async function find(backend: ResultBackend, id: string): Promise<TaskMeta> {
  const meta = (await backend.getMany([id])).get(id);
  assert.ok(meta, `no meta of ${id}`);
  return meta;
}

/** All that a wait gives, in its order. */
export async function collect(
  backend: ResultBackend,
  ids: readonly string[],
  signal = patience(),
): Promise<TaskMeta[]> {
  const metas: TaskMeta[] = [];
  for await (const meta of backend.waitFor(ids, signal)) metas.push(meta);
  return metas;
}

/** A signal that ends a wait which would never end. */
export const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
