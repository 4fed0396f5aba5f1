import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const open = new Set<TcpProxy>();

afterAll(() => Promise.all([...open].map((proxy) => proxy.close())));

/** Stands before a server, to break what is between it and its clients. Ends with the spec. */
export async function startProxy(url: string, tls?: { key: Buffer; cert: Buffer }): Promise<TcpProxy> {
  const { hostname, port } = new URL(url);
  const proxy = new TcpProxy(hostname, Number(port), tls);
  await proxy.listen();
  open.add(proxy);
  return proxy;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();
  readonly #frozen = new WeakSet<[Socket, Socket]>();
  #silent = false;

  constructor(
    private readonly host: string,
    private readonly port: number,
    tls: { key: Buffer; cert: Buffer } | undefined,
  ) {
    const onClient = (client: Socket) => this.#join(client);
    this.#server = tls ? createTlsServer(tls, onClient) : createTcpServer(onClient);
    // clients that refuse our certificate are part of the tests
    this.#server.on('tlsClientError', () => {});
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Resets every connection. New ones are let through. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Nothing goes through any more, and nobody is told, not even when the server gives up: as when a cable is pulled. */
  freeze(): void {
    for (const pair of this.#pairs) {
      const [client, server] = pair;
      client.unpipe(server).resume();
      server.unpipe(client).resume();
      this.#frozen.add(pair);
    }
  }

  /** Clients that come from now on are let in, and hear nothing. */
  silence(): void {
    this.#silent = true;
  }

  async close(): Promise<void> {
    open.delete(this);
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const server = connect(this.port, this.host);
    const pair: [Socket, Socket] = [client, server];
    this.#pairs.add(pair);
    if (this.#silent) client.resume();
    else client.pipe(server).pipe(client);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        if (socket === client || !this.#frozen.has(pair)) this.#part(pair);
      });
    }
  }

  #part(pair: [Socket, Socket]): void {
    this.#pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }
}
