import { Logger } from '@nestjs/common';
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Serves a module over HTTP and gives the URL to open. Ctrl-C and SIGTERM end it with exit status 0. */
export async function serve(rootModule: Type): Promise<string> {
  const app = await NestFactory.create(rootModule, { logger: ['warn', 'error'], abortOnError: false });
  app.enableShutdownHooks([], { useProcessExit: true });
  await listen(app, process.env.PORT ?? '3000');
  // What Nest says of its modules is left out; what the application says is not.
  app.useLogger(['log', 'warn', 'error']);
  return (await app.getUrl()).replace(/\[::1?\]|127\.0\.0\.1/, 'localhost');
}

async function listen(app: INestApplication, port: string): Promise<void> {
  try {
    await app.listen(port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    new Logger('Web').error(`Port ${port} is taken. Set PORT to another one, or to 0 for any that is free.`);
    await app.close();
    process.exit(1);
  }
}
