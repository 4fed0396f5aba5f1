import type { Beat } from '@nestjs-celery/core/beat';

/** The beat of an app, as `getBeatToken()` injects it: how it is. Before its start, and in a test that stands in for it, it is 'stopped'. */
export type AppBeat = Pick<Beat, 'health'>;
