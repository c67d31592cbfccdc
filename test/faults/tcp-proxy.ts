import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Link, type Suffering } from './link.ts';
import { seeded } from './random.ts';
import { reset } from './reset.ts';

/** Stands between clients and a server, and does to their connections what networks do. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** The connections that are open now. */
  readonly links = new Set<Link>();
  /** Connections that ever came. */
  accepted = 0;
  /** New connections are reset at once. */
  refusing = false;
  readonly #server: Server;
  readonly #random: () => number;
  #suffering: Suffering;

  private constructor(server: Server, targetPort: number, suffering: Suffering, seed: number) {
    this.#server = server;
    this.#suffering = suffering;
    this.#random = seeded(seed);
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client: Socket) => this.#accept(client, targetPort));
  }

  static async open(
    targetPort: number,
    { suffering = {}, seed = 1 }: { suffering?: Suffering; seed?: number } = {},
  ): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, targetPort, suffering, seed);
  }

  /** What connections suffer from now on: those that are open, and those to come. */
  suffer(suffering: Suffering): void {
    this.#suffering = suffering;
    for (const link of this.links) link.suffer(suffering);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const link of this.links) link.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(client: Socket, targetPort: number): void {
    this.accepted += 1;
    if (this.refusing) {
      reset(client);
      return;
    }
    const server = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link = new Link(client, server, this.#suffering, this.#random);
    this.links.add(link);
    client.once('close', () => this.links.delete(link));
  }
}
