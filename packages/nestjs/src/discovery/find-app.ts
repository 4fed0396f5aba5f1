import { ImproperlyConfigured } from '@nestjs-celery/core';
import type { CeleryApp } from '@nestjs-celery/core';
import { DEFAULT_APP, getCeleryAppToken } from '../tokens.js';

/** A module's or an application's view of the container. */
interface Lookup {
  get<T>(token: symbol, options: { strict: boolean }): T;
}

/** The app of that name, wherever in the application it was configured. @throws ImproperlyConfigured when it was not. */
export function findApp(lookup: Lookup, name: string): CeleryApp {
  try {
    return lookup.get<CeleryApp>(getCeleryAppToken(name), { strict: false });
  } catch (error) {
    const option = name === DEFAULT_APP ? '' : `, name: '${name}'`;
    throw new ImproperlyConfigured(
      `The application has no Celery app '${name}'. Import CeleryModule.forRoot({ broker: '…'${option} }).`,
      { cause: error },
    );
  }
}
