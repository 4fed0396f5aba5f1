import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Serves a module over HTTP and gives the URL to open. Ctrl-C and SIGTERM end it with exit status 0. */
export async function serve(rootModule: Type): Promise<string> {
  const app = await NestFactory.create(rootModule);
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(process.env.PORT ?? 3000);
  const url = await app.getUrl();
  return url.replace(/\[::1?\]|127\.0\.0\.1/, 'localhost');
}
