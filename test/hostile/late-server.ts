import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LateServer extends AsyncDisposable {
  readonly port: number;
  /** Connections that were taken. */
  readonly taken: number;
  /** Lets what is sent through, from now on. */
  open(): void;
}

/** Takes connections at once, and hands on to another port what comes over them when it is told to. */
export async function lateServer(port: number): Promise<LateServer> {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const sockets: Socket[] = [];
  const server = createServer(async (socket) => {
    sockets.push(socket.on('error', () => {}));
    await opened;
    const behind = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    sockets.push(behind);
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    open,
    get taken() {
      return sockets.length;
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
