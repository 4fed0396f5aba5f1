import type { ContentRegistry } from '../protocol/content.js';
import type { DecodeControlOptions, EncodeControlOptions } from '../protocol/control-message.js';
import type { CompiledConfig } from './compiled-config.js';

/** How this app writes and reads commands: as its tasks, by `taskSerializer` and `acceptContent`. */
export function controlCodec(registry: ContentRegistry, config: CompiledConfig) {
  const { taskSerializer: serializer, acceptContent, messageMaxBytes: maxBytes, messageMaxDepth: maxDepth } = config;
  return {
    writing: { registry, serializer } satisfies EncodeControlOptions,
    /** Made when used: a serializer may be registered later than the app. */
    reading: (): DecodeControlOptions => ({ registry, accept: registry.acceptSet(acceptContent), maxBytes, maxDepth }),
  };
}
