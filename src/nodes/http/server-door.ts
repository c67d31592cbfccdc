import { createServer, type Server, type Socket } from 'node:net';
import { key } from '../../core/key.ts';
import { formatAddress } from '../../transport/grpc/target.ts';

/** An open port. Whoever is in charge of it gets its connections; that may change, and no connection is refused meanwhile. */
export class Door {
  /** Id of the node that it belongs to. */
  readonly node: string;
  readonly #server: Server;
  readonly #forget: () => void;
  #admit: (socket: Socket) => void = (socket) => socket.destroy();
  #held = 1;

  constructor(node: string, server: Server, forget: () => void) {
    this.node = node;
    this.#server = server;
    this.#forget = forget;
    server.on('connection', (socket: Socket) => this.#admit(socket));
  }

  /** `127.0.0.1:8000`, `[::1]:8000` */
  get address(): string {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return '';
    return formatAddress(bound.address, bound.port);
  }

  /** From now on new connections are this one's. */
  lead(admit: (socket: Socket) => void, maxConnections: number): void {
    this.#admit = admit;
    this.#server.maxConnections = maxConnections;
  }

  /** One more holds it open. */
  hold(): this {
    this.#held += 1;
    return this;
  }

  /** Nobody comes in any more once the last one has let go. Connections stay. */
  letGo(): void {
    this.#held -= 1;
    if (this.#held > 0) return;
    this.#forget();
    this.#server.close();
  }
}

/** The doors of one graph, by address. */
export type Doors = Map<string, Door>;
export const doorsKey = key<Doors>('flowrpc.http.doors');

/** Where a door is to be. */
export interface Place {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Opens a door. Rejects with what keeps it closed. */
export function openDoor({ host, port }: Place, node: string, doors: Doors): Promise<Door> {
  // As Node's own HTTP server asks: an answer may follow when the other side has said all.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      // Out of file descriptors, for one: those who wait are let in later.
      server.on('error', () => {});
      const place = placeName({ host, port });
      const door = new Door(node, server, () => {
        if (doors.get(place) === door) doors.delete(place);
      });
      if (port !== 0) doors.set(place, door);
      resolve(door);
    });
  });
}

export function placeName({ host, port }: Place): string {
  return `${host}:${port}`;
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  const why: Record<string, string> = {
    EADDRINUSE: 'the port is in use',
    EACCES: 'this user may not open the port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    ENOTFOUND: 'the host is unknown',
  };
  const reason = why[cause.code ?? ''] ?? cause.message;
  return new Error(`Cannot listen on ${host}:${port}: ${reason}`, { cause });
}
